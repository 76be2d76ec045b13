"""Words in messages, safe to print."""

# "did you mean a, b or c?", for the hint of an error.
from zoo.utils.suggestions import did_you_mean as did_you_mean

# A text from outside, quoted and escaped; the first few of several names; "2,000 images".
from zoo.core.ids import quoted as quoted
from zoo.utils.format import plural as plural
from zoo.utils.format import quote_names as quote_names
