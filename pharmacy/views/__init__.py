"""The pharmacy's HTML doors."""
