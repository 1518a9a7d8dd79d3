"""The European Central Bank: reference rates of the euro, once a working day at about four in the afternoon there.

No key is needed. Rates between two other currencies are worked out over the euro. No dealer trades at these rates.
"""
