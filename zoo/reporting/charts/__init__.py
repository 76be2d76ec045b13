"""Charts as inline SVG. Colours come from the page's style sheet, so that they follow light and dark."""
