"""What lies beside the artifacts of an export: the report, the model card, and a program that runs them."""
