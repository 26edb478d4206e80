"""The PostgreSQL server that comes with the application, for a clinic that has no database server of its own."""
