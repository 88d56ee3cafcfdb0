"""From a request to a tune: options, header, and the loop that draws one character after another."""
