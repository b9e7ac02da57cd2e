"""Words in the four languages of the house: their base forms, and finding one wording in another."""
