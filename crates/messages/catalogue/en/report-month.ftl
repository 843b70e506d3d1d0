# Reports of a month for the government above.

month-malformed = { $text } is not a month, such as 2026-11
month-not-begun = { $month } has not begun yet
    .remedy = give a month up to the present one
report-of-another-city = this node reports on { $city } alone
    .remedy = leave --city out; the coordinator reports on the cluster and on each city
report-department-without-city = a department is one of a city, which is not given
    .remedy = name the city with --city, too
work-reports = computing reports

# Grounds of the coordinator's rejections.
ground-not-a-member = provider not a member
ground-no-such-resource = no such resource
ground-not-shared = class 3, not shared
ground-own-resource = resource of the requesting city itself
ground-dated-ahead = dated ahead of the clock
ground-outside-region = outside the region of the data
ground-not-approved = not approved by the superior authority

# The report as a workbook, as PDF and as a table.
month-report-title = Government data sharing, report of { $year }-{ $month }
month-report-of-cluster = cluster
month-report-of-city = city { $city }
month-report-of-department = city { $city }, department { $department }
month-report-scope = Reporting on: { $scope }. As of { $at }.
month-report-provisional = The figures may change until a day after the end of the month.
month-report-moving = The logs grew while the figures were computed; some of what came after the positions may count, too.
month-report-total = total
month-report-no-department = (no department)
month-report-written = the report was written to { $path }
month-report-file-kind = { $path } ends neither in .xlsx nor in .pdf
    .remedy = name a workbook, such as report-2026-11.xlsx, or a PDF, such as report-2026-11.pdf

month-report-sheet-figures = figures
month-report-sheet-charts = charts
month-report-sheet-positions = positions

month-report-states = Requests by state at the end of the month
month-report-states-of = requests by state: { $states }
month-report-grounds = Refusals by ground
month-report-grounds-of = refusals by ground: { $grounds }
month-report-freshness = Freshness of the catalogue, entries
month-report-freshness-of = freshness of the catalogue: { $counts }
month-report-count-of = { $name } { $count }
month-report-count = number
month-report-days = Working days to answer
month-report-deliveries = Deliveries
month-report-sharing = Entries to be shared

month-report-basis = figures
month-report-log = log
month-report-first = from
month-report-position = up to
month-report-version = version
month-report-basis-requests = requests, answers, offers, refusals, corrections, demands
month-report-basis-deliveries = deliveries, returned data
month-report-basis-sharing = entries to be shared
month-report-basis-calendar = working days and rules
month-report-log-coordinator = coordinator
month-report-positions-listed = counted up to the positions listed at the end
month-report-read-at = read { $at }
month-report-positions-of = requests, corrections and demands are counted up to position { $position } of the coordinator's log; working days and deadlines by { $calendar }

# The PDF has the columns in several tables.
month-report-table = Table { $number }. { $title }
month-report-table-answers = Requests and answers
month-report-table-offers = Offers, and requests made
month-report-table-matters = Corrections and demands
month-report-table-use = Deliveries and entries shared
month-report-table-returns = Data returned to lower divisions
month-report-figure = Figure { $number }. { $title }
month-report-signed-head = Head of the bureau:
month-report-signed-statistics = In charge of statistics:
month-report-signed-preparer = Prepared by:
month-report-signed-date = Date:

month-column-city = city
month-column-department = department
month-column-name = name
month-column-requests = requests received
month-column-answers = answered
month-column-answer-median = days to answer, median
month-column-answer-p90 = days to answer, nine of ten
month-column-answers-late = answered late
month-column-answers-overdue = answers overdue
month-column-refused = refused
month-column-offers = offered
month-column-offer-median = days to offer, median
month-column-offer-p90 = days to offer, nine of ten
month-column-offers-late = offered late
month-column-offers-overdue = offers overdue
month-column-requested = requests made
month-column-corrections-filed = corrections filed
month-column-corrections-answered = corrections answered
month-column-correction-median = days to correct, median
month-column-corrections-late = corrections answered late
month-column-demands-filed = demands filed
month-column-demands-answered = demands answered
month-column-demand-median = days to answer demands, median
month-column-demands-late = demands answered late
month-column-returned = data sets returned
month-column-returned-fetched = of these fetched in the month
month-column-returned-to = data sets returned to it
month-column-returned-to-fetched = of these fetched in the month
month-column-sent = deliveries sent
month-column-bytes-sent = bytes sent
month-column-received = deliveries received
month-column-bytes-received = bytes received
month-column-shared = entries shared
month-column-to-share = entries to be shared
month-column-rate = sharing rate, %
