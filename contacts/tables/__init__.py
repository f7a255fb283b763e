"""Tables that come and go as files: text with separators, and spreadsheets. Knows neither Django nor contacts."""
