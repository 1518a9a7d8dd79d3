"""Models that say how texts sound: each scores for itself, and names itself in every score."""
