"""What can still be read in a damaged cache file, and a new file of it."""
