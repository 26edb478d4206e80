"""The desk, the appointments and the calendar, over one set of operations."""
