"""Whether everything in a lake is as it was committed."""
