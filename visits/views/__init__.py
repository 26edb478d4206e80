"""The HTML door of the consultation, by what is done there."""
