"""How a float network becomes an integer one: activation ranges, weight scales, bias correction, what stays float."""
