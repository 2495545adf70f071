# What clerks and citizens read. The same keys as de.ftl; a test checks it.

## Numbers
count-days =
    { $count ->
        [one] { $count } day
       *[other] { $count } days
    }
count-items =
    { $count ->
        [one] { $count } item
       *[other] { $count } items
    }

## Problems with what arrived
problem-P0101 = The document is encrypted
problem-P0102 = The document is damaged
problem-P0103 = The document is too large
problem-P0104 = Reading took too long
problem-P0105 = The reader was stopped
problem-P0106 = The document has too many parts or pages
problem-P0107 = The archive is packed suspiciously
problem-P0201 = The sender is unclear
problem-P0202 = The message was sent by a machine
problem-P0301 = This file format cannot be read
problem-P0302 = No text was found
problem-P0303 = Character recognition did not work
problem-P0304 = A part of the document cannot be read

## Findings for the reviewer
finding-F0101 = A required value is missing
finding-F0102 = This value must be confirmed
finding-F0201 = Several values are possible
finding-F0202 = The file holds another value than the printed text
finding-F0301 = A rule of the procedure applies
finding-F0401 = The value does not have the expected form
finding-F0402 = The check digit is wrong
finding-F0403 = The value is not one of the options
finding-F0404 = The date is not plausible
finding-F0501 = Has probably arrived before
finding-F0601 = The text contains an instruction to the machine
finding-F0701 = The deadline is over
finding-F0702 = The deadline is close

## Why an item waits
held-H0101 = The language model is missing
held-H0102 = The language model cannot be reached
held-H0103 = The output cannot be reached
held-H0104 = It is uncertain whether it was delivered
held-H0105 = The other side refused
held-H0106 = The policy does not allow this model here
