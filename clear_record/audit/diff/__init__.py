"""What two runs decide otherwise, and why."""
