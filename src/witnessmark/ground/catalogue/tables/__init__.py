"""The methods of a Catalogue, one file for each group of tables."""
