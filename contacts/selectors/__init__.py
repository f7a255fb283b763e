"""Reads that gather one page's facts in one object, in a fixed number of queries."""
