# Completions of sogo for Bash. sogo itself is asked, so the names of apps and services are those of the moment.

_sogo() {
    # The program as it was typed, which may begin with ~.
    local program=${COMP_WORDS[0]/#\~/$HOME}
    mapfile -t COMPREPLY < <("$program" __complete bash "$COMP_CWORD" -- "${COMP_WORDS[@]}" 2>/dev/null)
    # A folder is gone on with.
    if [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == */ ]]; then
        compopt -o nospace 2>/dev/null
    fi
}

complete -F _sogo sogo sogoctl sogoway sogoms-db sogoms-logs sogoms-smtp sogoms-cron
