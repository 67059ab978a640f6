"""Decide, for a whole state's criminal records, which charges the law gives relief for, and show why."""
