"""Django database backend: PostgreSQL, with the embedded server started by the first connection."""
