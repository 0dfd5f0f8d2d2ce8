"""Words: what people see and, later, hear."""
