# Completions of sogo for fish. sogo itself is asked, so the names of apps and services are those of the moment.

function __sogo_complete
    set -l typed (commandline -opc)
    $typed[1] __complete fish (count $typed) -- $typed (commandline -ct) 2>/dev/null
end

for name in sogo sogoctl sogoway sogoms-db sogoms-logs sogoms-smtp sogoms-cron
    complete -c $name -f -a '(__sogo_complete)'
end
