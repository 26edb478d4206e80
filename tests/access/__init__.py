"""Who may open which address: the whole matrix, from one table kept by hand."""
