"""XML from strangers: read a piece at a time, without document types, entities or external references."""
