"""The law language and what it reads: dates, offenses, packs. Only the compiler knows of Spark."""
