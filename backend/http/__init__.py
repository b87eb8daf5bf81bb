"""What every listener of ours has in common, whoever it serves: a port, refusals in one form, an allowance for each caller."""
