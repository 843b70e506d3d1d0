# The report of a month as PDF, which a program of its own typesets.

report-pdf-usage = chengji-report-pdf reads the report of a month from standard input, as JSON that “report month” has printed, and writes it to standard output as PDF. It takes no arguments; { $variable } may name a folder with fonts to be used in place of the system's.
report-pdf-no-chinese-font = no font on this machine has the characters { $characters }
    .remedy = install a Chinese font, such as the Debian package fonts-noto-cjk or fonts-wqy-microhei
report-pdf-no-font = no font on this machine has the characters { $characters }
    .remedy = install a font that has them, such as the Debian package fonts-dejavu-core
report-pdf-limits = the time and memory of the typesetter cannot be limited: { $cause }
report-pdf-input = the report cannot be read from standard input: { $cause }
report-pdf-failed = the report cannot be typeset: { $cause }

report-pdf-not-found = the program { $program }, which makes the PDF, is not on this machine
    .remedy = install { $program } beside this program or in a folder of PATH, or name its file in { $variable }
report-pdf-not-started = { $program } cannot be started: { $cause }
    .remedy = check the file and its permissions
report-pdf-refused = the PDF cannot be made: { $cause }
    .remedy = { $remedy }
report-pdf-too-long = { $program } has not made the PDF within { $seconds } seconds and was ended
    .remedy = check what it waits for, such as a folder of fonts on another machine
report-pdf-too-large = { $program } has written more than { $most } MiB and was ended
    .remedy = check that it is the program of this version; ask for the report of one city or one department
report-pdf-ended = { $program } ended without making the PDF: { $status }
    .remedy = it is ended after one minute of processor time or at 2 GiB of memory; ask for the report of one city or one department
