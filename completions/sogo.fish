# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_sogo_global_optspecs
    string join \n dir= config= o/output= color= v/verbose h/help V/version
end

function __fish_sogo_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_sogo_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_sogo_using_subcommand
    set -l cmd (__fish_sogo_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c sogo -n "__fish_sogo_needs_command" -l dir -d 'Folder that holds config, run, state and logs, as `sogo demo` makes it' -r -f -a "(__fish_complete_directories)"
complete -c sogo -n "__fish_sogo_needs_command" -l config -d 'Configuration folder [default: $SOGO_CONFIG, else /config if it exists, else ./config]' -r -f -a "(__fish_complete_directories)"
complete -c sogo -n "__fish_sogo_needs_command" -s o -l output -d 'How results are shown [default: table on a terminal, plain in a pipe]' -r -f -a "table\t'Boxes, for a terminal (the default there)'
plain\t'Tab-separated lines under a line of names (the default in a pipe)'
json\t'JSON with stable keys'
yaml\t'YAML with the same keys'"
complete -c sogo -n "__fish_sogo_needs_command" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c sogo -n "__fish_sogo_needs_command" -s v -l verbose -d 'Tell more: causes of errors, and the log of what is done (-vv: everything)'
complete -c sogo -n "__fish_sogo_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c sogo -n "__fish_sogo_needs_command" -s V -l version -d 'Print version'
complete -c sogo -n "__fish_sogo_needs_command" -f -a "demo" -d 'Make a folder with a sample app, and serve it on loopback'
complete -c sogo -n "__fish_sogo_needs_command" -f -a "check" -d 'Tell everything that is wrong with the configuration'
complete -c sogo -n "__fish_sogo_needs_command" -f -a "app" -d 'Look after the apps'
complete -c sogo -n "__fish_sogo_needs_command" -f -a "ctl" -d 'Start, watch and steer the services (sogoctl)'
complete -c sogo -n "__fish_sogo_needs_command" -f -a "sogoctl" -d 'Start, watch and steer the services (sogoctl)'
complete -c sogo -n "__fish_sogo_needs_command" -f -a "way" -d 'Serve the apps over HTTP, or tell who would see what (sogoway)'
complete -c sogo -n "__fish_sogo_needs_command" -f -a "sogoway" -d 'Serve the apps over HTTP, or tell who would see what (sogoway)'
complete -c sogo -n "__fish_sogo_needs_command" -f -a "db" -d 'Serve the apps\' databases, or look into them (sogoms-db)'
complete -c sogo -n "__fish_sogo_needs_command" -f -a "sogoms-db" -d 'Serve the apps\' databases, or look into them (sogoms-db)'
complete -c sogo -n "__fish_sogo_needs_command" -f -a "logs" -d 'Keep the apps\' logs, or read them (sogoms-logs)'
complete -c sogo -n "__fish_sogo_needs_command" -f -a "sogoms-logs" -d 'Keep the apps\' logs, or read them (sogoms-logs)'
complete -c sogo -n "__fish_sogo_needs_command" -f -a "token" -d 'Print a token of a user, as a sign-in would make it'
complete -c sogo -n "__fish_sogo_needs_command" -f -a "ping" -d 'Tell whether each service answers, and how fast'
complete -c sogo -n "__fish_sogo_needs_command" -f -a "install" -d 'Link the names of the daemons to this program'
complete -c sogo -n "__fish_sogo_needs_command" -f -a "exit-codes" -d 'Tell what each exit code means, and which errors end with it'
complete -c sogo -n "__fish_sogo_needs_command" -f -a "completions" -d 'Print the completions of a shell'
complete -c sogo -n "__fish_sogo_needs_command" -f -a "man" -d 'Print the manual page, or write all of them'
complete -c sogo -n "__fish_sogo_using_subcommand demo" -l port -d 'Port of the API; the next free one if it is taken' -r
complete -c sogo -n "__fish_sogo_using_subcommand demo" -l database -d 'Keep the data on a MariaDB server instead: mysql://user@host[:port]/database, or @FILE' -r
complete -c sogo -n "__fish_sogo_using_subcommand demo" -l dir -d 'Folder that holds config, run, state and logs, as `sogo demo` makes it' -r -f -a "(__fish_complete_directories)"
complete -c sogo -n "__fish_sogo_using_subcommand demo" -l config -d 'Configuration folder [default: $SOGO_CONFIG, else /config if it exists, else ./config]' -r -f -a "(__fish_complete_directories)"
complete -c sogo -n "__fish_sogo_using_subcommand demo" -s o -l output -d 'How results are shown [default: table on a terminal, plain in a pipe]' -r -f -a "table\t'Boxes, for a terminal (the default there)'
plain\t'Tab-separated lines under a line of names (the default in a pipe)'
json\t'JSON with stable keys'
yaml\t'YAML with the same keys'"
complete -c sogo -n "__fish_sogo_using_subcommand demo" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c sogo -n "__fish_sogo_using_subcommand demo" -l fresh -d 'Remove what an earlier demo made in the folder, and begin anew (tables on a MariaDB server are kept)'
complete -c sogo -n "__fish_sogo_using_subcommand demo" -s v -l verbose -d 'Tell more: causes of errors, and the log of what is done (-vv: everything)'
complete -c sogo -n "__fish_sogo_using_subcommand demo" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c sogo -n "__fish_sogo_using_subcommand demo" -s V -l version -d 'Print version'
complete -c sogo -n "__fish_sogo_using_subcommand check" -l dir -d 'Folder that holds config, run, state and logs, as `sogo demo` makes it' -r -f -a "(__fish_complete_directories)"
complete -c sogo -n "__fish_sogo_using_subcommand check" -l config -d 'Configuration folder [default: $SOGO_CONFIG, else /config if it exists, else ./config]' -r -f -a "(__fish_complete_directories)"
complete -c sogo -n "__fish_sogo_using_subcommand check" -s o -l output -d 'How results are shown [default: table on a terminal, plain in a pipe]' -r -f -a "table\t'Boxes, for a terminal (the default there)'
plain\t'Tab-separated lines under a line of names (the default in a pipe)'
json\t'JSON with stable keys'
yaml\t'YAML with the same keys'"
complete -c sogo -n "__fish_sogo_using_subcommand check" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c sogo -n "__fish_sogo_using_subcommand check" -l live -d 'Look at the tables as well, and have each app\'s database prepare every statement'
complete -c sogo -n "__fish_sogo_using_subcommand check" -s v -l verbose -d 'Tell more: causes of errors, and the log of what is done (-vv: everything)'
complete -c sogo -n "__fish_sogo_using_subcommand check" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c sogo -n "__fish_sogo_using_subcommand check" -s V -l version -d 'Print version'
complete -c sogo -n "__fish_sogo_using_subcommand app; and not __fish_seen_subcommand_from prepare" -l dir -d 'Folder that holds config, run, state and logs, as `sogo demo` makes it' -r -f -a "(__fish_complete_directories)"
complete -c sogo -n "__fish_sogo_using_subcommand app; and not __fish_seen_subcommand_from prepare" -l config -d 'Configuration folder [default: $SOGO_CONFIG, else /config if it exists, else ./config]' -r -f -a "(__fish_complete_directories)"
complete -c sogo -n "__fish_sogo_using_subcommand app; and not __fish_seen_subcommand_from prepare" -s o -l output -d 'How results are shown [default: table on a terminal, plain in a pipe]' -r -f -a "table\t'Boxes, for a terminal (the default there)'
plain\t'Tab-separated lines under a line of names (the default in a pipe)'
json\t'JSON with stable keys'
yaml\t'YAML with the same keys'"
complete -c sogo -n "__fish_sogo_using_subcommand app; and not __fish_seen_subcommand_from prepare" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c sogo -n "__fish_sogo_using_subcommand app; and not __fish_seen_subcommand_from prepare" -s v -l verbose -d 'Tell more: causes of errors, and the log of what is done (-vv: everything)'
complete -c sogo -n "__fish_sogo_using_subcommand app; and not __fish_seen_subcommand_from prepare" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c sogo -n "__fish_sogo_using_subcommand app; and not __fish_seen_subcommand_from prepare" -s V -l version -d 'Print version'
complete -c sogo -n "__fish_sogo_using_subcommand app; and not __fish_seen_subcommand_from prepare" -f -a "prepare" -d 'Make the tables that we need in an app\'s database'
complete -c sogo -n "__fish_sogo_using_subcommand app; and __fish_seen_subcommand_from prepare" -l dir -d 'Folder that holds config, run, state and logs, as `sogo demo` makes it' -r -f -a "(__fish_complete_directories)"
complete -c sogo -n "__fish_sogo_using_subcommand app; and __fish_seen_subcommand_from prepare" -l config -d 'Configuration folder [default: $SOGO_CONFIG, else /config if it exists, else ./config]' -r -f -a "(__fish_complete_directories)"
complete -c sogo -n "__fish_sogo_using_subcommand app; and __fish_seen_subcommand_from prepare" -s o -l output -d 'How results are shown [default: table on a terminal, plain in a pipe]' -r -f -a "table\t'Boxes, for a terminal (the default there)'
plain\t'Tab-separated lines under a line of names (the default in a pipe)'
json\t'JSON with stable keys'
yaml\t'YAML with the same keys'"
complete -c sogo -n "__fish_sogo_using_subcommand app; and __fish_seen_subcommand_from prepare" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c sogo -n "__fish_sogo_using_subcommand app; and __fish_seen_subcommand_from prepare" -l yes -d 'Make them without asking'
complete -c sogo -n "__fish_sogo_using_subcommand app; and __fish_seen_subcommand_from prepare" -l dry-run -d 'Show them and make nothing'
complete -c sogo -n "__fish_sogo_using_subcommand app; and __fish_seen_subcommand_from prepare" -s v -l verbose -d 'Tell more: causes of errors, and the log of what is done (-vv: everything)'
complete -c sogo -n "__fish_sogo_using_subcommand app; and __fish_seen_subcommand_from prepare" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c sogo -n "__fish_sogo_using_subcommand app; and __fish_seen_subcommand_from prepare" -s V -l version -d 'Print version'
complete -c sogo -n "__fish_sogo_using_subcommand ctl; and not __fish_seen_subcommand_from run status why start stop restart reload wait events" -l socket -d 'Socket to answer on, or to ask, if another than the usual one' -r -F
complete -c sogo -n "__fish_sogo_using_subcommand ctl; and not __fish_seen_subcommand_from run status why start stop restart reload wait events" -l dir -d 'Folder that holds config, run, state and logs, as `sogo demo` makes it' -r -f -a "(__fish_complete_directories)"
complete -c sogo -n "__fish_sogo_using_subcommand ctl; and not __fish_seen_subcommand_from run status why start stop restart reload wait events" -l config -d 'Configuration folder [default: $SOGO_CONFIG, else /config if it exists, else ./config]' -r -f -a "(__fish_complete_directories)"
complete -c sogo -n "__fish_sogo_using_subcommand ctl; and not __fish_seen_subcommand_from run status why start stop restart reload wait events" -s o -l output -d 'How results are shown [default: table on a terminal, plain in a pipe]' -r -f -a "table\t'Boxes, for a terminal (the default there)'
plain\t'Tab-separated lines under a line of names (the default in a pipe)'
json\t'JSON with stable keys'
yaml\t'YAML with the same keys'"
complete -c sogo -n "__fish_sogo_using_subcommand ctl; and not __fish_seen_subcommand_from run status why start stop restart reload wait events" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c sogo -n "__fish_sogo_using_subcommand ctl; and not __fish_seen_subcommand_from run status why start stop restart reload wait events" -s v -l verbose -d 'Tell more: causes of errors, and the log of what is done (-vv: everything)'
complete -c sogo -n "__fish_sogo_using_subcommand ctl; and not __fish_seen_subcommand_from run status why start stop restart reload wait events" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c sogo -n "__fish_sogo_using_subcommand ctl; and not __fish_seen_subcommand_from run status why start stop restart reload wait events" -s V -l version -d 'Print version'
complete -c sogo -n "__fish_sogo_using_subcommand ctl; and not __fish_seen_subcommand_from run status why start stop restart reload wait events" -f -a "run" -d 'Run the supervisor (the same as no verb)'
complete -c sogo -n "__fish_sogo_using_subcommand ctl; and not __fish_seen_subcommand_from run status why start stop restart reload wait events" -f -a "status" -d 'Tell the state of every service, and why it is so'
complete -c sogo -n "__fish_sogo_using_subcommand ctl; and not __fish_seen_subcommand_from run status why start stop restart reload wait events" -f -a "why" -d 'Tell everything about one service: its state, what happens next, whom it waits for, its latest events'
complete -c sogo -n "__fish_sogo_using_subcommand ctl; and not __fish_seen_subcommand_from run status why start stop restart reload wait events" -f -a "start" -d 'Have services run that do not, and wait until they are ready'
complete -c sogo -n "__fish_sogo_using_subcommand ctl; and not __fish_seen_subcommand_from run status why start stop restart reload wait events" -f -a "stop" -d 'Have services stop, and stay so until somebody starts them'
complete -c sogo -n "__fish_sogo_using_subcommand ctl; and not __fish_seen_subcommand_from run status why start stop restart reload wait events" -f -a "restart" -d 'Stop services and start them again, one after the other, each when the one before it is ready'
complete -c sogo -n "__fish_sogo_using_subcommand ctl; and not __fish_seen_subcommand_from run status why start stop restart reload wait events" -f -a "reload" -d 'Have a service read its configuration anew, or the supervisor its sogoctl.yaml'
complete -c sogo -n "__fish_sogo_using_subcommand ctl; and not __fish_seen_subcommand_from run status why start stop restart reload wait events" -f -a "wait" -d 'Wait until services are ready, or have stopped'
complete -c sogo -n "__fish_sogo_using_subcommand ctl; and not __fish_seen_subcommand_from run status why start stop restart reload wait events" -f -a "events" -d 'Show the latest changes of state, and follow them'
complete -c sogo -n "__fish_sogo_using_subcommand ctl; and __fish_seen_subcommand_from run" -l socket -d 'Socket to answer on, or to ask, if another than the usual one' -r -F
complete -c sogo -n "__fish_sogo_using_subcommand ctl; and __fish_seen_subcommand_from run" -l dir -d 'Folder that holds config, run, state and logs, as `sogo demo` makes it' -r -f -a "(__fish_complete_directories)"
complete -c sogo -n "__fish_sogo_using_subcommand ctl; and __fish_seen_subcommand_from run" -l config -d 'Configuration folder [default: $SOGO_CONFIG, else /config if it exists, else ./config]' -r -f -a "(__fish_complete_directories)"
complete -c sogo -n "__fish_sogo_using_subcommand ctl; and __fish_seen_subcommand_from run" -s o -l output -d 'How results are shown [default: table on a terminal, plain in a pipe]' -r -f -a "table\t'Boxes, for a terminal (the default there)'
plain\t'Tab-separated lines under a line of names (the default in a pipe)'
json\t'JSON with stable keys'
yaml\t'YAML with the same keys'"
complete -c sogo -n "__fish_sogo_using_subcommand ctl; and __fish_seen_subcommand_from run" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c sogo -n "__fish_sogo_using_subcommand ctl; and __fish_seen_subcommand_from run" -s v -l verbose -d 'Tell more: causes of errors, and the log of what is done (-vv: everything)'
complete -c sogo -n "__fish_sogo_using_subcommand ctl; and __fish_seen_subcommand_from run" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c sogo -n "__fish_sogo_using_subcommand ctl; and __fish_seen_subcommand_from run" -s V -l version -d 'Print version'
complete -c sogo -n "__fish_sogo_using_subcommand ctl; and __fish_seen_subcommand_from status" -l watch -d 'Show it anew every so many seconds (2 if not said), until Ctrl-C' -r
complete -c sogo -n "__fish_sogo_using_subcommand ctl; and __fish_seen_subcommand_from status" -l socket -d 'Socket to answer on, or to ask, if another than the usual one' -r -F
complete -c sogo -n "__fish_sogo_using_subcommand ctl; and __fish_seen_subcommand_from status" -l dir -d 'Folder that holds config, run, state and logs, as `sogo demo` makes it' -r -f -a "(__fish_complete_directories)"
complete -c sogo -n "__fish_sogo_using_subcommand ctl; and __fish_seen_subcommand_from status" -l config -d 'Configuration folder [default: $SOGO_CONFIG, else /config if it exists, else ./config]' -r -f -a "(__fish_complete_directories)"
complete -c sogo -n "__fish_sogo_using_subcommand ctl; and __fish_seen_subcommand_from status" -s o -l output -d 'How results are shown [default: table on a terminal, plain in a pipe]' -r -f -a "table\t'Boxes, for a terminal (the default there)'
plain\t'Tab-separated lines under a line of names (the default in a pipe)'
json\t'JSON with stable keys'
yaml\t'YAML with the same keys'"
complete -c sogo -n "__fish_sogo_using_subcommand ctl; and __fish_seen_subcommand_from status" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c sogo -n "__fish_sogo_using_subcommand ctl; and __fish_seen_subcommand_from status" -s v -l verbose -d 'Tell more: causes of errors, and the log of what is done (-vv: everything)'
complete -c sogo -n "__fish_sogo_using_subcommand ctl; and __fish_seen_subcommand_from status" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c sogo -n "__fish_sogo_using_subcommand ctl; and __fish_seen_subcommand_from status" -s V -l version -d 'Print version'
complete -c sogo -n "__fish_sogo_using_subcommand ctl; and __fish_seen_subcommand_from why" -l socket -d 'Socket to answer on, or to ask, if another than the usual one' -r -F
complete -c sogo -n "__fish_sogo_using_subcommand ctl; and __fish_seen_subcommand_from why" -l dir -d 'Folder that holds config, run, state and logs, as `sogo demo` makes it' -r -f -a "(__fish_complete_directories)"
complete -c sogo -n "__fish_sogo_using_subcommand ctl; and __fish_seen_subcommand_from why" -l config -d 'Configuration folder [default: $SOGO_CONFIG, else /config if it exists, else ./config]' -r -f -a "(__fish_complete_directories)"
complete -c sogo -n "__fish_sogo_using_subcommand ctl; and __fish_seen_subcommand_from why" -s o -l output -d 'How results are shown [default: table on a terminal, plain in a pipe]' -r -f -a "table\t'Boxes, for a terminal (the default there)'
plain\t'Tab-separated lines under a line of names (the default in a pipe)'
json\t'JSON with stable keys'
yaml\t'YAML with the same keys'"
complete -c sogo -n "__fish_sogo_using_subcommand ctl; and __fish_seen_subcommand_from why" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c sogo -n "__fish_sogo_using_subcommand ctl; and __fish_seen_subcommand_from why" -s v -l verbose -d 'Tell more: causes of errors, and the log of what is done (-vv: everything)'
complete -c sogo -n "__fish_sogo_using_subcommand ctl; and __fish_seen_subcommand_from why" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c sogo -n "__fish_sogo_using_subcommand ctl; and __fish_seen_subcommand_from why" -s V -l version -d 'Print version'
complete -c sogo -n "__fish_sogo_using_subcommand ctl; and __fish_seen_subcommand_from start" -l timeout -d 'How long to wait for it' -r
complete -c sogo -n "__fish_sogo_using_subcommand ctl; and __fish_seen_subcommand_from start" -l socket -d 'Socket to answer on, or to ask, if another than the usual one' -r -F
complete -c sogo -n "__fish_sogo_using_subcommand ctl; and __fish_seen_subcommand_from start" -l dir -d 'Folder that holds config, run, state and logs, as `sogo demo` makes it' -r -f -a "(__fish_complete_directories)"
complete -c sogo -n "__fish_sogo_using_subcommand ctl; and __fish_seen_subcommand_from start" -l config -d 'Configuration folder [default: $SOGO_CONFIG, else /config if it exists, else ./config]' -r -f -a "(__fish_complete_directories)"
complete -c sogo -n "__fish_sogo_using_subcommand ctl; and __fish_seen_subcommand_from start" -s o -l output -d 'How results are shown [default: table on a terminal, plain in a pipe]' -r -f -a "table\t'Boxes, for a terminal (the default there)'
plain\t'Tab-separated lines under a line of names (the default in a pipe)'
json\t'JSON with stable keys'
yaml\t'YAML with the same keys'"
complete -c sogo -n "__fish_sogo_using_subcommand ctl; and __fish_seen_subcommand_from start" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c sogo -n "__fish_sogo_using_subcommand ctl; and __fish_seen_subcommand_from start" -l all -d 'All services'
complete -c sogo -n "__fish_sogo_using_subcommand ctl; and __fish_seen_subcommand_from start" -l no-wait -d 'Return at once, and do not wait until it is done'
complete -c sogo -n "__fish_sogo_using_subcommand ctl; and __fish_seen_subcommand_from start" -s v -l verbose -d 'Tell more: causes of errors, and the log of what is done (-vv: everything)'
complete -c sogo -n "__fish_sogo_using_subcommand ctl; and __fish_seen_subcommand_from start" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c sogo -n "__fish_sogo_using_subcommand ctl; and __fish_seen_subcommand_from start" -s V -l version -d 'Print version'
complete -c sogo -n "__fish_sogo_using_subcommand ctl; and __fish_seen_subcommand_from stop" -l timeout -d 'How long to wait for it' -r
complete -c sogo -n "__fish_sogo_using_subcommand ctl; and __fish_seen_subcommand_from stop" -l socket -d 'Socket to answer on, or to ask, if another than the usual one' -r -F
complete -c sogo -n "__fish_sogo_using_subcommand ctl; and __fish_seen_subcommand_from stop" -l dir -d 'Folder that holds config, run, state and logs, as `sogo demo` makes it' -r -f -a "(__fish_complete_directories)"
complete -c sogo -n "__fish_sogo_using_subcommand ctl; and __fish_seen_subcommand_from stop" -l config -d 'Configuration folder [default: $SOGO_CONFIG, else /config if it exists, else ./config]' -r -f -a "(__fish_complete_directories)"
complete -c sogo -n "__fish_sogo_using_subcommand ctl; and __fish_seen_subcommand_from stop" -s o -l output -d 'How results are shown [default: table on a terminal, plain in a pipe]' -r -f -a "table\t'Boxes, for a terminal (the default there)'
plain\t'Tab-separated lines under a line of names (the default in a pipe)'
json\t'JSON with stable keys'
yaml\t'YAML with the same keys'"
complete -c sogo -n "__fish_sogo_using_subcommand ctl; and __fish_seen_subcommand_from stop" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c sogo -n "__fish_sogo_using_subcommand ctl; and __fish_seen_subcommand_from stop" -l all -d 'All services'
complete -c sogo -n "__fish_sogo_using_subcommand ctl; and __fish_seen_subcommand_from stop" -l no-wait -d 'Return at once, and do not wait until it is done'
complete -c sogo -n "__fish_sogo_using_subcommand ctl; and __fish_seen_subcommand_from stop" -s v -l verbose -d 'Tell more: causes of errors, and the log of what is done (-vv: everything)'
complete -c sogo -n "__fish_sogo_using_subcommand ctl; and __fish_seen_subcommand_from stop" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c sogo -n "__fish_sogo_using_subcommand ctl; and __fish_seen_subcommand_from stop" -s V -l version -d 'Print version'
complete -c sogo -n "__fish_sogo_using_subcommand ctl; and __fish_seen_subcommand_from restart" -l timeout -d 'How long to wait for it' -r
complete -c sogo -n "__fish_sogo_using_subcommand ctl; and __fish_seen_subcommand_from restart" -l socket -d 'Socket to answer on, or to ask, if another than the usual one' -r -F
complete -c sogo -n "__fish_sogo_using_subcommand ctl; and __fish_seen_subcommand_from restart" -l dir -d 'Folder that holds config, run, state and logs, as `sogo demo` makes it' -r -f -a "(__fish_complete_directories)"
complete -c sogo -n "__fish_sogo_using_subcommand ctl; and __fish_seen_subcommand_from restart" -l config -d 'Configuration folder [default: $SOGO_CONFIG, else /config if it exists, else ./config]' -r -f -a "(__fish_complete_directories)"
complete -c sogo -n "__fish_sogo_using_subcommand ctl; and __fish_seen_subcommand_from restart" -s o -l output -d 'How results are shown [default: table on a terminal, plain in a pipe]' -r -f -a "table\t'Boxes, for a terminal (the default there)'
plain\t'Tab-separated lines under a line of names (the default in a pipe)'
json\t'JSON with stable keys'
yaml\t'YAML with the same keys'"
complete -c sogo -n "__fish_sogo_using_subcommand ctl; and __fish_seen_subcommand_from restart" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c sogo -n "__fish_sogo_using_subcommand ctl; and __fish_seen_subcommand_from restart" -l all -d 'All services'
complete -c sogo -n "__fish_sogo_using_subcommand ctl; and __fish_seen_subcommand_from restart" -l no-wait -d 'Return at once, and do not wait until it is done'
complete -c sogo -n "__fish_sogo_using_subcommand ctl; and __fish_seen_subcommand_from restart" -s v -l verbose -d 'Tell more: causes of errors, and the log of what is done (-vv: everything)'
complete -c sogo -n "__fish_sogo_using_subcommand ctl; and __fish_seen_subcommand_from restart" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c sogo -n "__fish_sogo_using_subcommand ctl; and __fish_seen_subcommand_from restart" -s V -l version -d 'Print version'
complete -c sogo -n "__fish_sogo_using_subcommand ctl; and __fish_seen_subcommand_from reload" -l socket -d 'Socket to answer on, or to ask, if another than the usual one' -r -F
complete -c sogo -n "__fish_sogo_using_subcommand ctl; and __fish_seen_subcommand_from reload" -l dir -d 'Folder that holds config, run, state and logs, as `sogo demo` makes it' -r -f -a "(__fish_complete_directories)"
complete -c sogo -n "__fish_sogo_using_subcommand ctl; and __fish_seen_subcommand_from reload" -l config -d 'Configuration folder [default: $SOGO_CONFIG, else /config if it exists, else ./config]' -r -f -a "(__fish_complete_directories)"
complete -c sogo -n "__fish_sogo_using_subcommand ctl; and __fish_seen_subcommand_from reload" -s o -l output -d 'How results are shown [default: table on a terminal, plain in a pipe]' -r -f -a "table\t'Boxes, for a terminal (the default there)'
plain\t'Tab-separated lines under a line of names (the default in a pipe)'
json\t'JSON with stable keys'
yaml\t'YAML with the same keys'"
complete -c sogo -n "__fish_sogo_using_subcommand ctl; and __fish_seen_subcommand_from reload" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c sogo -n "__fish_sogo_using_subcommand ctl; and __fish_seen_subcommand_from reload" -l dry-run -d 'Only show what would be done about sogoctl.yaml'
complete -c sogo -n "__fish_sogo_using_subcommand ctl; and __fish_seen_subcommand_from reload" -s v -l verbose -d 'Tell more: causes of errors, and the log of what is done (-vv: everything)'
complete -c sogo -n "__fish_sogo_using_subcommand ctl; and __fish_seen_subcommand_from reload" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c sogo -n "__fish_sogo_using_subcommand ctl; and __fish_seen_subcommand_from reload" -s V -l version -d 'Print version'
complete -c sogo -n "__fish_sogo_using_subcommand ctl; and __fish_seen_subcommand_from wait" -l until -d 'What to wait for' -r -f -a "ready\t'All run and are well'
stopped\t'None runs'"
complete -c sogo -n "__fish_sogo_using_subcommand ctl; and __fish_seen_subcommand_from wait" -l timeout -d 'How long' -r
complete -c sogo -n "__fish_sogo_using_subcommand ctl; and __fish_seen_subcommand_from wait" -l socket -d 'Socket to answer on, or to ask, if another than the usual one' -r -F
complete -c sogo -n "__fish_sogo_using_subcommand ctl; and __fish_seen_subcommand_from wait" -l dir -d 'Folder that holds config, run, state and logs, as `sogo demo` makes it' -r -f -a "(__fish_complete_directories)"
complete -c sogo -n "__fish_sogo_using_subcommand ctl; and __fish_seen_subcommand_from wait" -l config -d 'Configuration folder [default: $SOGO_CONFIG, else /config if it exists, else ./config]' -r -f -a "(__fish_complete_directories)"
complete -c sogo -n "__fish_sogo_using_subcommand ctl; and __fish_seen_subcommand_from wait" -s o -l output -d 'How results are shown [default: table on a terminal, plain in a pipe]' -r -f -a "table\t'Boxes, for a terminal (the default there)'
plain\t'Tab-separated lines under a line of names (the default in a pipe)'
json\t'JSON with stable keys'
yaml\t'YAML with the same keys'"
complete -c sogo -n "__fish_sogo_using_subcommand ctl; and __fish_seen_subcommand_from wait" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c sogo -n "__fish_sogo_using_subcommand ctl; and __fish_seen_subcommand_from wait" -s v -l verbose -d 'Tell more: causes of errors, and the log of what is done (-vv: everything)'
complete -c sogo -n "__fish_sogo_using_subcommand ctl; and __fish_seen_subcommand_from wait" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c sogo -n "__fish_sogo_using_subcommand ctl; and __fish_seen_subcommand_from wait" -s V -l version -d 'Print version'
complete -c sogo -n "__fish_sogo_using_subcommand ctl; and __fish_seen_subcommand_from events" -s n -l lines -d 'How many that were already' -r
complete -c sogo -n "__fish_sogo_using_subcommand ctl; and __fish_seen_subcommand_from events" -l socket -d 'Socket to answer on, or to ask, if another than the usual one' -r -F
complete -c sogo -n "__fish_sogo_using_subcommand ctl; and __fish_seen_subcommand_from events" -l dir -d 'Folder that holds config, run, state and logs, as `sogo demo` makes it' -r -f -a "(__fish_complete_directories)"
complete -c sogo -n "__fish_sogo_using_subcommand ctl; and __fish_seen_subcommand_from events" -l config -d 'Configuration folder [default: $SOGO_CONFIG, else /config if it exists, else ./config]' -r -f -a "(__fish_complete_directories)"
complete -c sogo -n "__fish_sogo_using_subcommand ctl; and __fish_seen_subcommand_from events" -s o -l output -d 'How results are shown [default: table on a terminal, plain in a pipe]' -r -f -a "table\t'Boxes, for a terminal (the default there)'
plain\t'Tab-separated lines under a line of names (the default in a pipe)'
json\t'JSON with stable keys'
yaml\t'YAML with the same keys'"
complete -c sogo -n "__fish_sogo_using_subcommand ctl; and __fish_seen_subcommand_from events" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c sogo -n "__fish_sogo_using_subcommand ctl; and __fish_seen_subcommand_from events" -s f -l follow -d 'Go on with what happens from now on'
complete -c sogo -n "__fish_sogo_using_subcommand ctl; and __fish_seen_subcommand_from events" -s v -l verbose -d 'Tell more: causes of errors, and the log of what is done (-vv: everything)'
complete -c sogo -n "__fish_sogo_using_subcommand ctl; and __fish_seen_subcommand_from events" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c sogo -n "__fish_sogo_using_subcommand ctl; and __fish_seen_subcommand_from events" -s V -l version -d 'Print version'
complete -c sogo -n "__fish_sogo_using_subcommand sogoctl; and not __fish_seen_subcommand_from run status why start stop restart reload wait events" -l socket -d 'Socket to answer on, or to ask, if another than the usual one' -r -F
complete -c sogo -n "__fish_sogo_using_subcommand sogoctl; and not __fish_seen_subcommand_from run status why start stop restart reload wait events" -l dir -d 'Folder that holds config, run, state and logs, as `sogo demo` makes it' -r -f -a "(__fish_complete_directories)"
complete -c sogo -n "__fish_sogo_using_subcommand sogoctl; and not __fish_seen_subcommand_from run status why start stop restart reload wait events" -l config -d 'Configuration folder [default: $SOGO_CONFIG, else /config if it exists, else ./config]' -r -f -a "(__fish_complete_directories)"
complete -c sogo -n "__fish_sogo_using_subcommand sogoctl; and not __fish_seen_subcommand_from run status why start stop restart reload wait events" -s o -l output -d 'How results are shown [default: table on a terminal, plain in a pipe]' -r -f -a "table\t'Boxes, for a terminal (the default there)'
plain\t'Tab-separated lines under a line of names (the default in a pipe)'
json\t'JSON with stable keys'
yaml\t'YAML with the same keys'"
complete -c sogo -n "__fish_sogo_using_subcommand sogoctl; and not __fish_seen_subcommand_from run status why start stop restart reload wait events" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c sogo -n "__fish_sogo_using_subcommand sogoctl; and not __fish_seen_subcommand_from run status why start stop restart reload wait events" -s v -l verbose -d 'Tell more: causes of errors, and the log of what is done (-vv: everything)'
complete -c sogo -n "__fish_sogo_using_subcommand sogoctl; and not __fish_seen_subcommand_from run status why start stop restart reload wait events" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c sogo -n "__fish_sogo_using_subcommand sogoctl; and not __fish_seen_subcommand_from run status why start stop restart reload wait events" -s V -l version -d 'Print version'
complete -c sogo -n "__fish_sogo_using_subcommand sogoctl; and not __fish_seen_subcommand_from run status why start stop restart reload wait events" -f -a "run" -d 'Run the supervisor (the same as no verb)'
complete -c sogo -n "__fish_sogo_using_subcommand sogoctl; and not __fish_seen_subcommand_from run status why start stop restart reload wait events" -f -a "status" -d 'Tell the state of every service, and why it is so'
complete -c sogo -n "__fish_sogo_using_subcommand sogoctl; and not __fish_seen_subcommand_from run status why start stop restart reload wait events" -f -a "why" -d 'Tell everything about one service: its state, what happens next, whom it waits for, its latest events'
complete -c sogo -n "__fish_sogo_using_subcommand sogoctl; and not __fish_seen_subcommand_from run status why start stop restart reload wait events" -f -a "start" -d 'Have services run that do not, and wait until they are ready'
complete -c sogo -n "__fish_sogo_using_subcommand sogoctl; and not __fish_seen_subcommand_from run status why start stop restart reload wait events" -f -a "stop" -d 'Have services stop, and stay so until somebody starts them'
complete -c sogo -n "__fish_sogo_using_subcommand sogoctl; and not __fish_seen_subcommand_from run status why start stop restart reload wait events" -f -a "restart" -d 'Stop services and start them again, one after the other, each when the one before it is ready'
complete -c sogo -n "__fish_sogo_using_subcommand sogoctl; and not __fish_seen_subcommand_from run status why start stop restart reload wait events" -f -a "reload" -d 'Have a service read its configuration anew, or the supervisor its sogoctl.yaml'
complete -c sogo -n "__fish_sogo_using_subcommand sogoctl; and not __fish_seen_subcommand_from run status why start stop restart reload wait events" -f -a "wait" -d 'Wait until services are ready, or have stopped'
complete -c sogo -n "__fish_sogo_using_subcommand sogoctl; and not __fish_seen_subcommand_from run status why start stop restart reload wait events" -f -a "events" -d 'Show the latest changes of state, and follow them'
complete -c sogo -n "__fish_sogo_using_subcommand sogoctl; and __fish_seen_subcommand_from run" -l socket -d 'Socket to answer on, or to ask, if another than the usual one' -r -F
complete -c sogo -n "__fish_sogo_using_subcommand sogoctl; and __fish_seen_subcommand_from run" -l dir -d 'Folder that holds config, run, state and logs, as `sogo demo` makes it' -r -f -a "(__fish_complete_directories)"
complete -c sogo -n "__fish_sogo_using_subcommand sogoctl; and __fish_seen_subcommand_from run" -l config -d 'Configuration folder [default: $SOGO_CONFIG, else /config if it exists, else ./config]' -r -f -a "(__fish_complete_directories)"
complete -c sogo -n "__fish_sogo_using_subcommand sogoctl; and __fish_seen_subcommand_from run" -s o -l output -d 'How results are shown [default: table on a terminal, plain in a pipe]' -r -f -a "table\t'Boxes, for a terminal (the default there)'
plain\t'Tab-separated lines under a line of names (the default in a pipe)'
json\t'JSON with stable keys'
yaml\t'YAML with the same keys'"
complete -c sogo -n "__fish_sogo_using_subcommand sogoctl; and __fish_seen_subcommand_from run" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c sogo -n "__fish_sogo_using_subcommand sogoctl; and __fish_seen_subcommand_from run" -s v -l verbose -d 'Tell more: causes of errors, and the log of what is done (-vv: everything)'
complete -c sogo -n "__fish_sogo_using_subcommand sogoctl; and __fish_seen_subcommand_from run" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c sogo -n "__fish_sogo_using_subcommand sogoctl; and __fish_seen_subcommand_from run" -s V -l version -d 'Print version'
complete -c sogo -n "__fish_sogo_using_subcommand sogoctl; and __fish_seen_subcommand_from status" -l watch -d 'Show it anew every so many seconds (2 if not said), until Ctrl-C' -r
complete -c sogo -n "__fish_sogo_using_subcommand sogoctl; and __fish_seen_subcommand_from status" -l socket -d 'Socket to answer on, or to ask, if another than the usual one' -r -F
complete -c sogo -n "__fish_sogo_using_subcommand sogoctl; and __fish_seen_subcommand_from status" -l dir -d 'Folder that holds config, run, state and logs, as `sogo demo` makes it' -r -f -a "(__fish_complete_directories)"
complete -c sogo -n "__fish_sogo_using_subcommand sogoctl; and __fish_seen_subcommand_from status" -l config -d 'Configuration folder [default: $SOGO_CONFIG, else /config if it exists, else ./config]' -r -f -a "(__fish_complete_directories)"
complete -c sogo -n "__fish_sogo_using_subcommand sogoctl; and __fish_seen_subcommand_from status" -s o -l output -d 'How results are shown [default: table on a terminal, plain in a pipe]' -r -f -a "table\t'Boxes, for a terminal (the default there)'
plain\t'Tab-separated lines under a line of names (the default in a pipe)'
json\t'JSON with stable keys'
yaml\t'YAML with the same keys'"
complete -c sogo -n "__fish_sogo_using_subcommand sogoctl; and __fish_seen_subcommand_from status" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c sogo -n "__fish_sogo_using_subcommand sogoctl; and __fish_seen_subcommand_from status" -s v -l verbose -d 'Tell more: causes of errors, and the log of what is done (-vv: everything)'
complete -c sogo -n "__fish_sogo_using_subcommand sogoctl; and __fish_seen_subcommand_from status" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c sogo -n "__fish_sogo_using_subcommand sogoctl; and __fish_seen_subcommand_from status" -s V -l version -d 'Print version'
complete -c sogo -n "__fish_sogo_using_subcommand sogoctl; and __fish_seen_subcommand_from why" -l socket -d 'Socket to answer on, or to ask, if another than the usual one' -r -F
complete -c sogo -n "__fish_sogo_using_subcommand sogoctl; and __fish_seen_subcommand_from why" -l dir -d 'Folder that holds config, run, state and logs, as `sogo demo` makes it' -r -f -a "(__fish_complete_directories)"
complete -c sogo -n "__fish_sogo_using_subcommand sogoctl; and __fish_seen_subcommand_from why" -l config -d 'Configuration folder [default: $SOGO_CONFIG, else /config if it exists, else ./config]' -r -f -a "(__fish_complete_directories)"
complete -c sogo -n "__fish_sogo_using_subcommand sogoctl; and __fish_seen_subcommand_from why" -s o -l output -d 'How results are shown [default: table on a terminal, plain in a pipe]' -r -f -a "table\t'Boxes, for a terminal (the default there)'
plain\t'Tab-separated lines under a line of names (the default in a pipe)'
json\t'JSON with stable keys'
yaml\t'YAML with the same keys'"
complete -c sogo -n "__fish_sogo_using_subcommand sogoctl; and __fish_seen_subcommand_from why" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c sogo -n "__fish_sogo_using_subcommand sogoctl; and __fish_seen_subcommand_from why" -s v -l verbose -d 'Tell more: causes of errors, and the log of what is done (-vv: everything)'
complete -c sogo -n "__fish_sogo_using_subcommand sogoctl; and __fish_seen_subcommand_from why" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c sogo -n "__fish_sogo_using_subcommand sogoctl; and __fish_seen_subcommand_from why" -s V -l version -d 'Print version'
complete -c sogo -n "__fish_sogo_using_subcommand sogoctl; and __fish_seen_subcommand_from start" -l timeout -d 'How long to wait for it' -r
complete -c sogo -n "__fish_sogo_using_subcommand sogoctl; and __fish_seen_subcommand_from start" -l socket -d 'Socket to answer on, or to ask, if another than the usual one' -r -F
complete -c sogo -n "__fish_sogo_using_subcommand sogoctl; and __fish_seen_subcommand_from start" -l dir -d 'Folder that holds config, run, state and logs, as `sogo demo` makes it' -r -f -a "(__fish_complete_directories)"
complete -c sogo -n "__fish_sogo_using_subcommand sogoctl; and __fish_seen_subcommand_from start" -l config -d 'Configuration folder [default: $SOGO_CONFIG, else /config if it exists, else ./config]' -r -f -a "(__fish_complete_directories)"
complete -c sogo -n "__fish_sogo_using_subcommand sogoctl; and __fish_seen_subcommand_from start" -s o -l output -d 'How results are shown [default: table on a terminal, plain in a pipe]' -r -f -a "table\t'Boxes, for a terminal (the default there)'
plain\t'Tab-separated lines under a line of names (the default in a pipe)'
json\t'JSON with stable keys'
yaml\t'YAML with the same keys'"
complete -c sogo -n "__fish_sogo_using_subcommand sogoctl; and __fish_seen_subcommand_from start" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c sogo -n "__fish_sogo_using_subcommand sogoctl; and __fish_seen_subcommand_from start" -l all -d 'All services'
complete -c sogo -n "__fish_sogo_using_subcommand sogoctl; and __fish_seen_subcommand_from start" -l no-wait -d 'Return at once, and do not wait until it is done'
complete -c sogo -n "__fish_sogo_using_subcommand sogoctl; and __fish_seen_subcommand_from start" -s v -l verbose -d 'Tell more: causes of errors, and the log of what is done (-vv: everything)'
complete -c sogo -n "__fish_sogo_using_subcommand sogoctl; and __fish_seen_subcommand_from start" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c sogo -n "__fish_sogo_using_subcommand sogoctl; and __fish_seen_subcommand_from start" -s V -l version -d 'Print version'
complete -c sogo -n "__fish_sogo_using_subcommand sogoctl; and __fish_seen_subcommand_from stop" -l timeout -d 'How long to wait for it' -r
complete -c sogo -n "__fish_sogo_using_subcommand sogoctl; and __fish_seen_subcommand_from stop" -l socket -d 'Socket to answer on, or to ask, if another than the usual one' -r -F
complete -c sogo -n "__fish_sogo_using_subcommand sogoctl; and __fish_seen_subcommand_from stop" -l dir -d 'Folder that holds config, run, state and logs, as `sogo demo` makes it' -r -f -a "(__fish_complete_directories)"
complete -c sogo -n "__fish_sogo_using_subcommand sogoctl; and __fish_seen_subcommand_from stop" -l config -d 'Configuration folder [default: $SOGO_CONFIG, else /config if it exists, else ./config]' -r -f -a "(__fish_complete_directories)"
complete -c sogo -n "__fish_sogo_using_subcommand sogoctl; and __fish_seen_subcommand_from stop" -s o -l output -d 'How results are shown [default: table on a terminal, plain in a pipe]' -r -f -a "table\t'Boxes, for a terminal (the default there)'
plain\t'Tab-separated lines under a line of names (the default in a pipe)'
json\t'JSON with stable keys'
yaml\t'YAML with the same keys'"
complete -c sogo -n "__fish_sogo_using_subcommand sogoctl; and __fish_seen_subcommand_from stop" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c sogo -n "__fish_sogo_using_subcommand sogoctl; and __fish_seen_subcommand_from stop" -l all -d 'All services'
complete -c sogo -n "__fish_sogo_using_subcommand sogoctl; and __fish_seen_subcommand_from stop" -l no-wait -d 'Return at once, and do not wait until it is done'
complete -c sogo -n "__fish_sogo_using_subcommand sogoctl; and __fish_seen_subcommand_from stop" -s v -l verbose -d 'Tell more: causes of errors, and the log of what is done (-vv: everything)'
complete -c sogo -n "__fish_sogo_using_subcommand sogoctl; and __fish_seen_subcommand_from stop" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c sogo -n "__fish_sogo_using_subcommand sogoctl; and __fish_seen_subcommand_from stop" -s V -l version -d 'Print version'
complete -c sogo -n "__fish_sogo_using_subcommand sogoctl; and __fish_seen_subcommand_from restart" -l timeout -d 'How long to wait for it' -r
complete -c sogo -n "__fish_sogo_using_subcommand sogoctl; and __fish_seen_subcommand_from restart" -l socket -d 'Socket to answer on, or to ask, if another than the usual one' -r -F
complete -c sogo -n "__fish_sogo_using_subcommand sogoctl; and __fish_seen_subcommand_from restart" -l dir -d 'Folder that holds config, run, state and logs, as `sogo demo` makes it' -r -f -a "(__fish_complete_directories)"
complete -c sogo -n "__fish_sogo_using_subcommand sogoctl; and __fish_seen_subcommand_from restart" -l config -d 'Configuration folder [default: $SOGO_CONFIG, else /config if it exists, else ./config]' -r -f -a "(__fish_complete_directories)"
complete -c sogo -n "__fish_sogo_using_subcommand sogoctl; and __fish_seen_subcommand_from restart" -s o -l output -d 'How results are shown [default: table on a terminal, plain in a pipe]' -r -f -a "table\t'Boxes, for a terminal (the default there)'
plain\t'Tab-separated lines under a line of names (the default in a pipe)'
json\t'JSON with stable keys'
yaml\t'YAML with the same keys'"
complete -c sogo -n "__fish_sogo_using_subcommand sogoctl; and __fish_seen_subcommand_from restart" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c sogo -n "__fish_sogo_using_subcommand sogoctl; and __fish_seen_subcommand_from restart" -l all -d 'All services'
complete -c sogo -n "__fish_sogo_using_subcommand sogoctl; and __fish_seen_subcommand_from restart" -l no-wait -d 'Return at once, and do not wait until it is done'
complete -c sogo -n "__fish_sogo_using_subcommand sogoctl; and __fish_seen_subcommand_from restart" -s v -l verbose -d 'Tell more: causes of errors, and the log of what is done (-vv: everything)'
complete -c sogo -n "__fish_sogo_using_subcommand sogoctl; and __fish_seen_subcommand_from restart" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c sogo -n "__fish_sogo_using_subcommand sogoctl; and __fish_seen_subcommand_from restart" -s V -l version -d 'Print version'
complete -c sogo -n "__fish_sogo_using_subcommand sogoctl; and __fish_seen_subcommand_from reload" -l socket -d 'Socket to answer on, or to ask, if another than the usual one' -r -F
complete -c sogo -n "__fish_sogo_using_subcommand sogoctl; and __fish_seen_subcommand_from reload" -l dir -d 'Folder that holds config, run, state and logs, as `sogo demo` makes it' -r -f -a "(__fish_complete_directories)"
complete -c sogo -n "__fish_sogo_using_subcommand sogoctl; and __fish_seen_subcommand_from reload" -l config -d 'Configuration folder [default: $SOGO_CONFIG, else /config if it exists, else ./config]' -r -f -a "(__fish_complete_directories)"
complete -c sogo -n "__fish_sogo_using_subcommand sogoctl; and __fish_seen_subcommand_from reload" -s o -l output -d 'How results are shown [default: table on a terminal, plain in a pipe]' -r -f -a "table\t'Boxes, for a terminal (the default there)'
plain\t'Tab-separated lines under a line of names (the default in a pipe)'
json\t'JSON with stable keys'
yaml\t'YAML with the same keys'"
complete -c sogo -n "__fish_sogo_using_subcommand sogoctl; and __fish_seen_subcommand_from reload" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c sogo -n "__fish_sogo_using_subcommand sogoctl; and __fish_seen_subcommand_from reload" -l dry-run -d 'Only show what would be done about sogoctl.yaml'
complete -c sogo -n "__fish_sogo_using_subcommand sogoctl; and __fish_seen_subcommand_from reload" -s v -l verbose -d 'Tell more: causes of errors, and the log of what is done (-vv: everything)'
complete -c sogo -n "__fish_sogo_using_subcommand sogoctl; and __fish_seen_subcommand_from reload" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c sogo -n "__fish_sogo_using_subcommand sogoctl; and __fish_seen_subcommand_from reload" -s V -l version -d 'Print version'
complete -c sogo -n "__fish_sogo_using_subcommand sogoctl; and __fish_seen_subcommand_from wait" -l until -d 'What to wait for' -r -f -a "ready\t'All run and are well'
stopped\t'None runs'"
complete -c sogo -n "__fish_sogo_using_subcommand sogoctl; and __fish_seen_subcommand_from wait" -l timeout -d 'How long' -r
complete -c sogo -n "__fish_sogo_using_subcommand sogoctl; and __fish_seen_subcommand_from wait" -l socket -d 'Socket to answer on, or to ask, if another than the usual one' -r -F
complete -c sogo -n "__fish_sogo_using_subcommand sogoctl; and __fish_seen_subcommand_from wait" -l dir -d 'Folder that holds config, run, state and logs, as `sogo demo` makes it' -r -f -a "(__fish_complete_directories)"
complete -c sogo -n "__fish_sogo_using_subcommand sogoctl; and __fish_seen_subcommand_from wait" -l config -d 'Configuration folder [default: $SOGO_CONFIG, else /config if it exists, else ./config]' -r -f -a "(__fish_complete_directories)"
complete -c sogo -n "__fish_sogo_using_subcommand sogoctl; and __fish_seen_subcommand_from wait" -s o -l output -d 'How results are shown [default: table on a terminal, plain in a pipe]' -r -f -a "table\t'Boxes, for a terminal (the default there)'
plain\t'Tab-separated lines under a line of names (the default in a pipe)'
json\t'JSON with stable keys'
yaml\t'YAML with the same keys'"
complete -c sogo -n "__fish_sogo_using_subcommand sogoctl; and __fish_seen_subcommand_from wait" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c sogo -n "__fish_sogo_using_subcommand sogoctl; and __fish_seen_subcommand_from wait" -s v -l verbose -d 'Tell more: causes of errors, and the log of what is done (-vv: everything)'
complete -c sogo -n "__fish_sogo_using_subcommand sogoctl; and __fish_seen_subcommand_from wait" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c sogo -n "__fish_sogo_using_subcommand sogoctl; and __fish_seen_subcommand_from wait" -s V -l version -d 'Print version'
complete -c sogo -n "__fish_sogo_using_subcommand sogoctl; and __fish_seen_subcommand_from events" -s n -l lines -d 'How many that were already' -r
complete -c sogo -n "__fish_sogo_using_subcommand sogoctl; and __fish_seen_subcommand_from events" -l socket -d 'Socket to answer on, or to ask, if another than the usual one' -r -F
complete -c sogo -n "__fish_sogo_using_subcommand sogoctl; and __fish_seen_subcommand_from events" -l dir -d 'Folder that holds config, run, state and logs, as `sogo demo` makes it' -r -f -a "(__fish_complete_directories)"
complete -c sogo -n "__fish_sogo_using_subcommand sogoctl; and __fish_seen_subcommand_from events" -l config -d 'Configuration folder [default: $SOGO_CONFIG, else /config if it exists, else ./config]' -r -f -a "(__fish_complete_directories)"
complete -c sogo -n "__fish_sogo_using_subcommand sogoctl; and __fish_seen_subcommand_from events" -s o -l output -d 'How results are shown [default: table on a terminal, plain in a pipe]' -r -f -a "table\t'Boxes, for a terminal (the default there)'
plain\t'Tab-separated lines under a line of names (the default in a pipe)'
json\t'JSON with stable keys'
yaml\t'YAML with the same keys'"
complete -c sogo -n "__fish_sogo_using_subcommand sogoctl; and __fish_seen_subcommand_from events" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c sogo -n "__fish_sogo_using_subcommand sogoctl; and __fish_seen_subcommand_from events" -s f -l follow -d 'Go on with what happens from now on'
complete -c sogo -n "__fish_sogo_using_subcommand sogoctl; and __fish_seen_subcommand_from events" -s v -l verbose -d 'Tell more: causes of errors, and the log of what is done (-vv: everything)'
complete -c sogo -n "__fish_sogo_using_subcommand sogoctl; and __fish_seen_subcommand_from events" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c sogo -n "__fish_sogo_using_subcommand sogoctl; and __fish_seen_subcommand_from events" -s V -l version -d 'Print version'
complete -c sogo -n "__fish_sogo_using_subcommand way; and not __fish_seen_subcommand_from routes explain" -l socket -d 'Socket to answer on, or to ask, if another than the usual one' -r -F
complete -c sogo -n "__fish_sogo_using_subcommand way; and not __fish_seen_subcommand_from routes explain" -l port -d 'TCP port to serve, if another than that of sogoms.yaml' -r
complete -c sogo -n "__fish_sogo_using_subcommand way; and not __fish_seen_subcommand_from routes explain" -l dir -d 'Folder that holds config, run, state and logs, as `sogo demo` makes it' -r -f -a "(__fish_complete_directories)"
complete -c sogo -n "__fish_sogo_using_subcommand way; and not __fish_seen_subcommand_from routes explain" -l config -d 'Configuration folder [default: $SOGO_CONFIG, else /config if it exists, else ./config]' -r -f -a "(__fish_complete_directories)"
complete -c sogo -n "__fish_sogo_using_subcommand way; and not __fish_seen_subcommand_from routes explain" -s o -l output -d 'How results are shown [default: table on a terminal, plain in a pipe]' -r -f -a "table\t'Boxes, for a terminal (the default there)'
plain\t'Tab-separated lines under a line of names (the default in a pipe)'
json\t'JSON with stable keys'
yaml\t'YAML with the same keys'"
complete -c sogo -n "__fish_sogo_using_subcommand way; and not __fish_seen_subcommand_from routes explain" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c sogo -n "__fish_sogo_using_subcommand way; and not __fish_seen_subcommand_from routes explain" -s v -l verbose -d 'Tell more: causes of errors, and the log of what is done (-vv: everything)'
complete -c sogo -n "__fish_sogo_using_subcommand way; and not __fish_seen_subcommand_from routes explain" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c sogo -n "__fish_sogo_using_subcommand way; and not __fish_seen_subcommand_from routes explain" -s V -l version -d 'Print version'
complete -c sogo -n "__fish_sogo_using_subcommand way; and not __fish_seen_subcommand_from routes explain" -f -a "routes" -d 'List the routes of the apps, and the filter of each role'
complete -c sogo -n "__fish_sogo_using_subcommand way; and not __fish_seen_subcommand_from routes explain" -f -a "explain" -d 'Tell how a request would be answered, and why: filter, tables, final SQL, arguments'
complete -c sogo -n "__fish_sogo_using_subcommand way; and __fish_seen_subcommand_from routes" -l watch -d 'Show it anew every so many seconds (2 if not said), until Ctrl-C' -r
complete -c sogo -n "__fish_sogo_using_subcommand way; and __fish_seen_subcommand_from routes" -l socket -d 'Socket to answer on, or to ask, if another than the usual one' -r -F
complete -c sogo -n "__fish_sogo_using_subcommand way; and __fish_seen_subcommand_from routes" -l dir -d 'Folder that holds config, run, state and logs, as `sogo demo` makes it' -r -f -a "(__fish_complete_directories)"
complete -c sogo -n "__fish_sogo_using_subcommand way; and __fish_seen_subcommand_from routes" -l config -d 'Configuration folder [default: $SOGO_CONFIG, else /config if it exists, else ./config]' -r -f -a "(__fish_complete_directories)"
complete -c sogo -n "__fish_sogo_using_subcommand way; and __fish_seen_subcommand_from routes" -s o -l output -d 'How results are shown [default: table on a terminal, plain in a pipe]' -r -f -a "table\t'Boxes, for a terminal (the default there)'
plain\t'Tab-separated lines under a line of names (the default in a pipe)'
json\t'JSON with stable keys'
yaml\t'YAML with the same keys'"
complete -c sogo -n "__fish_sogo_using_subcommand way; and __fish_seen_subcommand_from routes" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c sogo -n "__fish_sogo_using_subcommand way; and __fish_seen_subcommand_from routes" -s v -l verbose -d 'Tell more: causes of errors, and the log of what is done (-vv: everything)'
complete -c sogo -n "__fish_sogo_using_subcommand way; and __fish_seen_subcommand_from routes" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c sogo -n "__fish_sogo_using_subcommand way; and __fish_seen_subcommand_from routes" -s V -l version -d 'Print version'
complete -c sogo -n "__fish_sogo_using_subcommand way; and __fish_seen_subcommand_from explain" -l as -d 'The user who asks; nobody without it' -r
complete -c sogo -n "__fish_sogo_using_subcommand way; and __fish_seen_subcommand_from explain" -l role -d 'The user\'s role, if another than the one in the users table' -r
complete -c sogo -n "__fish_sogo_using_subcommand way; and __fish_seen_subcommand_from explain" -l body -d 'The body of the request, as JSON' -r
complete -c sogo -n "__fish_sogo_using_subcommand way; and __fish_seen_subcommand_from explain" -l socket -d 'Socket to answer on, or to ask, if another than the usual one' -r -F
complete -c sogo -n "__fish_sogo_using_subcommand way; and __fish_seen_subcommand_from explain" -l dir -d 'Folder that holds config, run, state and logs, as `sogo demo` makes it' -r -f -a "(__fish_complete_directories)"
complete -c sogo -n "__fish_sogo_using_subcommand way; and __fish_seen_subcommand_from explain" -l config -d 'Configuration folder [default: $SOGO_CONFIG, else /config if it exists, else ./config]' -r -f -a "(__fish_complete_directories)"
complete -c sogo -n "__fish_sogo_using_subcommand way; and __fish_seen_subcommand_from explain" -s o -l output -d 'How results are shown [default: table on a terminal, plain in a pipe]' -r -f -a "table\t'Boxes, for a terminal (the default there)'
plain\t'Tab-separated lines under a line of names (the default in a pipe)'
json\t'JSON with stable keys'
yaml\t'YAML with the same keys'"
complete -c sogo -n "__fish_sogo_using_subcommand way; and __fish_seen_subcommand_from explain" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c sogo -n "__fish_sogo_using_subcommand way; and __fish_seen_subcommand_from explain" -l run -d 'Run it as well: a write writes'
complete -c sogo -n "__fish_sogo_using_subcommand way; and __fish_seen_subcommand_from explain" -s v -l verbose -d 'Tell more: causes of errors, and the log of what is done (-vv: everything)'
complete -c sogo -n "__fish_sogo_using_subcommand way; and __fish_seen_subcommand_from explain" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c sogo -n "__fish_sogo_using_subcommand way; and __fish_seen_subcommand_from explain" -s V -l version -d 'Print version'
complete -c sogo -n "__fish_sogo_using_subcommand sogoway; and not __fish_seen_subcommand_from routes explain" -l socket -d 'Socket to answer on, or to ask, if another than the usual one' -r -F
complete -c sogo -n "__fish_sogo_using_subcommand sogoway; and not __fish_seen_subcommand_from routes explain" -l port -d 'TCP port to serve, if another than that of sogoms.yaml' -r
complete -c sogo -n "__fish_sogo_using_subcommand sogoway; and not __fish_seen_subcommand_from routes explain" -l dir -d 'Folder that holds config, run, state and logs, as `sogo demo` makes it' -r -f -a "(__fish_complete_directories)"
complete -c sogo -n "__fish_sogo_using_subcommand sogoway; and not __fish_seen_subcommand_from routes explain" -l config -d 'Configuration folder [default: $SOGO_CONFIG, else /config if it exists, else ./config]' -r -f -a "(__fish_complete_directories)"
complete -c sogo -n "__fish_sogo_using_subcommand sogoway; and not __fish_seen_subcommand_from routes explain" -s o -l output -d 'How results are shown [default: table on a terminal, plain in a pipe]' -r -f -a "table\t'Boxes, for a terminal (the default there)'
plain\t'Tab-separated lines under a line of names (the default in a pipe)'
json\t'JSON with stable keys'
yaml\t'YAML with the same keys'"
complete -c sogo -n "__fish_sogo_using_subcommand sogoway; and not __fish_seen_subcommand_from routes explain" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c sogo -n "__fish_sogo_using_subcommand sogoway; and not __fish_seen_subcommand_from routes explain" -s v -l verbose -d 'Tell more: causes of errors, and the log of what is done (-vv: everything)'
complete -c sogo -n "__fish_sogo_using_subcommand sogoway; and not __fish_seen_subcommand_from routes explain" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c sogo -n "__fish_sogo_using_subcommand sogoway; and not __fish_seen_subcommand_from routes explain" -s V -l version -d 'Print version'
complete -c sogo -n "__fish_sogo_using_subcommand sogoway; and not __fish_seen_subcommand_from routes explain" -f -a "routes" -d 'List the routes of the apps, and the filter of each role'
complete -c sogo -n "__fish_sogo_using_subcommand sogoway; and not __fish_seen_subcommand_from routes explain" -f -a "explain" -d 'Tell how a request would be answered, and why: filter, tables, final SQL, arguments'
complete -c sogo -n "__fish_sogo_using_subcommand sogoway; and __fish_seen_subcommand_from routes" -l watch -d 'Show it anew every so many seconds (2 if not said), until Ctrl-C' -r
complete -c sogo -n "__fish_sogo_using_subcommand sogoway; and __fish_seen_subcommand_from routes" -l socket -d 'Socket to answer on, or to ask, if another than the usual one' -r -F
complete -c sogo -n "__fish_sogo_using_subcommand sogoway; and __fish_seen_subcommand_from routes" -l dir -d 'Folder that holds config, run, state and logs, as `sogo demo` makes it' -r -f -a "(__fish_complete_directories)"
complete -c sogo -n "__fish_sogo_using_subcommand sogoway; and __fish_seen_subcommand_from routes" -l config -d 'Configuration folder [default: $SOGO_CONFIG, else /config if it exists, else ./config]' -r -f -a "(__fish_complete_directories)"
complete -c sogo -n "__fish_sogo_using_subcommand sogoway; and __fish_seen_subcommand_from routes" -s o -l output -d 'How results are shown [default: table on a terminal, plain in a pipe]' -r -f -a "table\t'Boxes, for a terminal (the default there)'
plain\t'Tab-separated lines under a line of names (the default in a pipe)'
json\t'JSON with stable keys'
yaml\t'YAML with the same keys'"
complete -c sogo -n "__fish_sogo_using_subcommand sogoway; and __fish_seen_subcommand_from routes" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c sogo -n "__fish_sogo_using_subcommand sogoway; and __fish_seen_subcommand_from routes" -s v -l verbose -d 'Tell more: causes of errors, and the log of what is done (-vv: everything)'
complete -c sogo -n "__fish_sogo_using_subcommand sogoway; and __fish_seen_subcommand_from routes" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c sogo -n "__fish_sogo_using_subcommand sogoway; and __fish_seen_subcommand_from routes" -s V -l version -d 'Print version'
complete -c sogo -n "__fish_sogo_using_subcommand sogoway; and __fish_seen_subcommand_from explain" -l as -d 'The user who asks; nobody without it' -r
complete -c sogo -n "__fish_sogo_using_subcommand sogoway; and __fish_seen_subcommand_from explain" -l role -d 'The user\'s role, if another than the one in the users table' -r
complete -c sogo -n "__fish_sogo_using_subcommand sogoway; and __fish_seen_subcommand_from explain" -l body -d 'The body of the request, as JSON' -r
complete -c sogo -n "__fish_sogo_using_subcommand sogoway; and __fish_seen_subcommand_from explain" -l socket -d 'Socket to answer on, or to ask, if another than the usual one' -r -F
complete -c sogo -n "__fish_sogo_using_subcommand sogoway; and __fish_seen_subcommand_from explain" -l dir -d 'Folder that holds config, run, state and logs, as `sogo demo` makes it' -r -f -a "(__fish_complete_directories)"
complete -c sogo -n "__fish_sogo_using_subcommand sogoway; and __fish_seen_subcommand_from explain" -l config -d 'Configuration folder [default: $SOGO_CONFIG, else /config if it exists, else ./config]' -r -f -a "(__fish_complete_directories)"
complete -c sogo -n "__fish_sogo_using_subcommand sogoway; and __fish_seen_subcommand_from explain" -s o -l output -d 'How results are shown [default: table on a terminal, plain in a pipe]' -r -f -a "table\t'Boxes, for a terminal (the default there)'
plain\t'Tab-separated lines under a line of names (the default in a pipe)'
json\t'JSON with stable keys'
yaml\t'YAML with the same keys'"
complete -c sogo -n "__fish_sogo_using_subcommand sogoway; and __fish_seen_subcommand_from explain" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c sogo -n "__fish_sogo_using_subcommand sogoway; and __fish_seen_subcommand_from explain" -l run -d 'Run it as well: a write writes'
complete -c sogo -n "__fish_sogo_using_subcommand sogoway; and __fish_seen_subcommand_from explain" -s v -l verbose -d 'Tell more: causes of errors, and the log of what is done (-vv: everything)'
complete -c sogo -n "__fish_sogo_using_subcommand sogoway; and __fish_seen_subcommand_from explain" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c sogo -n "__fish_sogo_using_subcommand sogoway; and __fish_seen_subcommand_from explain" -s V -l version -d 'Print version'
complete -c sogo -n "__fish_sogo_using_subcommand db; and not __fish_seen_subcommand_from query introspect health" -l socket -d 'Socket to answer on, or to ask, if another than the usual one' -r -F
complete -c sogo -n "__fish_sogo_using_subcommand db; and not __fish_seen_subcommand_from query introspect health" -l dir -d 'Folder that holds config, run, state and logs, as `sogo demo` makes it' -r -f -a "(__fish_complete_directories)"
complete -c sogo -n "__fish_sogo_using_subcommand db; and not __fish_seen_subcommand_from query introspect health" -l config -d 'Configuration folder [default: $SOGO_CONFIG, else /config if it exists, else ./config]' -r -f -a "(__fish_complete_directories)"
complete -c sogo -n "__fish_sogo_using_subcommand db; and not __fish_seen_subcommand_from query introspect health" -s o -l output -d 'How results are shown [default: table on a terminal, plain in a pipe]' -r -f -a "table\t'Boxes, for a terminal (the default there)'
plain\t'Tab-separated lines under a line of names (the default in a pipe)'
json\t'JSON with stable keys'
yaml\t'YAML with the same keys'"
complete -c sogo -n "__fish_sogo_using_subcommand db; and not __fish_seen_subcommand_from query introspect health" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c sogo -n "__fish_sogo_using_subcommand db; and not __fish_seen_subcommand_from query introspect health" -s v -l verbose -d 'Tell more: causes of errors, and the log of what is done (-vv: everything)'
complete -c sogo -n "__fish_sogo_using_subcommand db; and not __fish_seen_subcommand_from query introspect health" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c sogo -n "__fish_sogo_using_subcommand db; and not __fish_seen_subcommand_from query introspect health" -s V -l version -d 'Print version'
complete -c sogo -n "__fish_sogo_using_subcommand db; and not __fish_seen_subcommand_from query introspect health" -f -a "query" -d 'Run one statement that reads, and show its rows'
complete -c sogo -n "__fish_sogo_using_subcommand db; and not __fish_seen_subcommand_from query introspect health" -f -a "introspect" -d 'Describe the tables of an app\'s database'
complete -c sogo -n "__fish_sogo_using_subcommand db; and not __fish_seen_subcommand_from query introspect health" -f -a "health" -d 'Tell whether each app\'s database answers'
complete -c sogo -n "__fish_sogo_using_subcommand db; and __fish_seen_subcommand_from query" -l arg -d 'A value for :name' -r
complete -c sogo -n "__fish_sogo_using_subcommand db; and __fish_seen_subcommand_from query" -s n -l limit -d 'Show so many rows at most [default: all, up to the app\'s max_rows]' -r
complete -c sogo -n "__fish_sogo_using_subcommand db; and __fish_seen_subcommand_from query" -l socket -d 'Socket to answer on, or to ask, if another than the usual one' -r -F
complete -c sogo -n "__fish_sogo_using_subcommand db; and __fish_seen_subcommand_from query" -l dir -d 'Folder that holds config, run, state and logs, as `sogo demo` makes it' -r -f -a "(__fish_complete_directories)"
complete -c sogo -n "__fish_sogo_using_subcommand db; and __fish_seen_subcommand_from query" -l config -d 'Configuration folder [default: $SOGO_CONFIG, else /config if it exists, else ./config]' -r -f -a "(__fish_complete_directories)"
complete -c sogo -n "__fish_sogo_using_subcommand db; and __fish_seen_subcommand_from query" -s o -l output -d 'How results are shown [default: table on a terminal, plain in a pipe]' -r -f -a "table\t'Boxes, for a terminal (the default there)'
plain\t'Tab-separated lines under a line of names (the default in a pipe)'
json\t'JSON with stable keys'
yaml\t'YAML with the same keys'"
complete -c sogo -n "__fish_sogo_using_subcommand db; and __fish_seen_subcommand_from query" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c sogo -n "__fish_sogo_using_subcommand db; and __fish_seen_subcommand_from query" -s v -l verbose -d 'Tell more: causes of errors, and the log of what is done (-vv: everything)'
complete -c sogo -n "__fish_sogo_using_subcommand db; and __fish_seen_subcommand_from query" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c sogo -n "__fish_sogo_using_subcommand db; and __fish_seen_subcommand_from query" -s V -l version -d 'Print version'
complete -c sogo -n "__fish_sogo_using_subcommand db; and __fish_seen_subcommand_from introspect" -l socket -d 'Socket to answer on, or to ask, if another than the usual one' -r -F
complete -c sogo -n "__fish_sogo_using_subcommand db; and __fish_seen_subcommand_from introspect" -l dir -d 'Folder that holds config, run, state and logs, as `sogo demo` makes it' -r -f -a "(__fish_complete_directories)"
complete -c sogo -n "__fish_sogo_using_subcommand db; and __fish_seen_subcommand_from introspect" -l config -d 'Configuration folder [default: $SOGO_CONFIG, else /config if it exists, else ./config]' -r -f -a "(__fish_complete_directories)"
complete -c sogo -n "__fish_sogo_using_subcommand db; and __fish_seen_subcommand_from introspect" -s o -l output -d 'How results are shown [default: table on a terminal, plain in a pipe]' -r -f -a "table\t'Boxes, for a terminal (the default there)'
plain\t'Tab-separated lines under a line of names (the default in a pipe)'
json\t'JSON with stable keys'
yaml\t'YAML with the same keys'"
complete -c sogo -n "__fish_sogo_using_subcommand db; and __fish_seen_subcommand_from introspect" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c sogo -n "__fish_sogo_using_subcommand db; and __fish_seen_subcommand_from introspect" -s v -l verbose -d 'Tell more: causes of errors, and the log of what is done (-vv: everything)'
complete -c sogo -n "__fish_sogo_using_subcommand db; and __fish_seen_subcommand_from introspect" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c sogo -n "__fish_sogo_using_subcommand db; and __fish_seen_subcommand_from introspect" -s V -l version -d 'Print version'
complete -c sogo -n "__fish_sogo_using_subcommand db; and __fish_seen_subcommand_from health" -l watch -d 'Show it anew every so many seconds (2 if not said), until Ctrl-C' -r
complete -c sogo -n "__fish_sogo_using_subcommand db; and __fish_seen_subcommand_from health" -l socket -d 'Socket to answer on, or to ask, if another than the usual one' -r -F
complete -c sogo -n "__fish_sogo_using_subcommand db; and __fish_seen_subcommand_from health" -l dir -d 'Folder that holds config, run, state and logs, as `sogo demo` makes it' -r -f -a "(__fish_complete_directories)"
complete -c sogo -n "__fish_sogo_using_subcommand db; and __fish_seen_subcommand_from health" -l config -d 'Configuration folder [default: $SOGO_CONFIG, else /config if it exists, else ./config]' -r -f -a "(__fish_complete_directories)"
complete -c sogo -n "__fish_sogo_using_subcommand db; and __fish_seen_subcommand_from health" -s o -l output -d 'How results are shown [default: table on a terminal, plain in a pipe]' -r -f -a "table\t'Boxes, for a terminal (the default there)'
plain\t'Tab-separated lines under a line of names (the default in a pipe)'
json\t'JSON with stable keys'
yaml\t'YAML with the same keys'"
complete -c sogo -n "__fish_sogo_using_subcommand db; and __fish_seen_subcommand_from health" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c sogo -n "__fish_sogo_using_subcommand db; and __fish_seen_subcommand_from health" -s v -l verbose -d 'Tell more: causes of errors, and the log of what is done (-vv: everything)'
complete -c sogo -n "__fish_sogo_using_subcommand db; and __fish_seen_subcommand_from health" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c sogo -n "__fish_sogo_using_subcommand db; and __fish_seen_subcommand_from health" -s V -l version -d 'Print version'
complete -c sogo -n "__fish_sogo_using_subcommand sogoms-db; and not __fish_seen_subcommand_from query introspect health" -l socket -d 'Socket to answer on, or to ask, if another than the usual one' -r -F
complete -c sogo -n "__fish_sogo_using_subcommand sogoms-db; and not __fish_seen_subcommand_from query introspect health" -l dir -d 'Folder that holds config, run, state and logs, as `sogo demo` makes it' -r -f -a "(__fish_complete_directories)"
complete -c sogo -n "__fish_sogo_using_subcommand sogoms-db; and not __fish_seen_subcommand_from query introspect health" -l config -d 'Configuration folder [default: $SOGO_CONFIG, else /config if it exists, else ./config]' -r -f -a "(__fish_complete_directories)"
complete -c sogo -n "__fish_sogo_using_subcommand sogoms-db; and not __fish_seen_subcommand_from query introspect health" -s o -l output -d 'How results are shown [default: table on a terminal, plain in a pipe]' -r -f -a "table\t'Boxes, for a terminal (the default there)'
plain\t'Tab-separated lines under a line of names (the default in a pipe)'
json\t'JSON with stable keys'
yaml\t'YAML with the same keys'"
complete -c sogo -n "__fish_sogo_using_subcommand sogoms-db; and not __fish_seen_subcommand_from query introspect health" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c sogo -n "__fish_sogo_using_subcommand sogoms-db; and not __fish_seen_subcommand_from query introspect health" -s v -l verbose -d 'Tell more: causes of errors, and the log of what is done (-vv: everything)'
complete -c sogo -n "__fish_sogo_using_subcommand sogoms-db; and not __fish_seen_subcommand_from query introspect health" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c sogo -n "__fish_sogo_using_subcommand sogoms-db; and not __fish_seen_subcommand_from query introspect health" -s V -l version -d 'Print version'
complete -c sogo -n "__fish_sogo_using_subcommand sogoms-db; and not __fish_seen_subcommand_from query introspect health" -f -a "query" -d 'Run one statement that reads, and show its rows'
complete -c sogo -n "__fish_sogo_using_subcommand sogoms-db; and not __fish_seen_subcommand_from query introspect health" -f -a "introspect" -d 'Describe the tables of an app\'s database'
complete -c sogo -n "__fish_sogo_using_subcommand sogoms-db; and not __fish_seen_subcommand_from query introspect health" -f -a "health" -d 'Tell whether each app\'s database answers'
complete -c sogo -n "__fish_sogo_using_subcommand sogoms-db; and __fish_seen_subcommand_from query" -l arg -d 'A value for :name' -r
complete -c sogo -n "__fish_sogo_using_subcommand sogoms-db; and __fish_seen_subcommand_from query" -s n -l limit -d 'Show so many rows at most [default: all, up to the app\'s max_rows]' -r
complete -c sogo -n "__fish_sogo_using_subcommand sogoms-db; and __fish_seen_subcommand_from query" -l socket -d 'Socket to answer on, or to ask, if another than the usual one' -r -F
complete -c sogo -n "__fish_sogo_using_subcommand sogoms-db; and __fish_seen_subcommand_from query" -l dir -d 'Folder that holds config, run, state and logs, as `sogo demo` makes it' -r -f -a "(__fish_complete_directories)"
complete -c sogo -n "__fish_sogo_using_subcommand sogoms-db; and __fish_seen_subcommand_from query" -l config -d 'Configuration folder [default: $SOGO_CONFIG, else /config if it exists, else ./config]' -r -f -a "(__fish_complete_directories)"
complete -c sogo -n "__fish_sogo_using_subcommand sogoms-db; and __fish_seen_subcommand_from query" -s o -l output -d 'How results are shown [default: table on a terminal, plain in a pipe]' -r -f -a "table\t'Boxes, for a terminal (the default there)'
plain\t'Tab-separated lines under a line of names (the default in a pipe)'
json\t'JSON with stable keys'
yaml\t'YAML with the same keys'"
complete -c sogo -n "__fish_sogo_using_subcommand sogoms-db; and __fish_seen_subcommand_from query" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c sogo -n "__fish_sogo_using_subcommand sogoms-db; and __fish_seen_subcommand_from query" -s v -l verbose -d 'Tell more: causes of errors, and the log of what is done (-vv: everything)'
complete -c sogo -n "__fish_sogo_using_subcommand sogoms-db; and __fish_seen_subcommand_from query" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c sogo -n "__fish_sogo_using_subcommand sogoms-db; and __fish_seen_subcommand_from query" -s V -l version -d 'Print version'
complete -c sogo -n "__fish_sogo_using_subcommand sogoms-db; and __fish_seen_subcommand_from introspect" -l socket -d 'Socket to answer on, or to ask, if another than the usual one' -r -F
complete -c sogo -n "__fish_sogo_using_subcommand sogoms-db; and __fish_seen_subcommand_from introspect" -l dir -d 'Folder that holds config, run, state and logs, as `sogo demo` makes it' -r -f -a "(__fish_complete_directories)"
complete -c sogo -n "__fish_sogo_using_subcommand sogoms-db; and __fish_seen_subcommand_from introspect" -l config -d 'Configuration folder [default: $SOGO_CONFIG, else /config if it exists, else ./config]' -r -f -a "(__fish_complete_directories)"
complete -c sogo -n "__fish_sogo_using_subcommand sogoms-db; and __fish_seen_subcommand_from introspect" -s o -l output -d 'How results are shown [default: table on a terminal, plain in a pipe]' -r -f -a "table\t'Boxes, for a terminal (the default there)'
plain\t'Tab-separated lines under a line of names (the default in a pipe)'
json\t'JSON with stable keys'
yaml\t'YAML with the same keys'"
complete -c sogo -n "__fish_sogo_using_subcommand sogoms-db; and __fish_seen_subcommand_from introspect" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c sogo -n "__fish_sogo_using_subcommand sogoms-db; and __fish_seen_subcommand_from introspect" -s v -l verbose -d 'Tell more: causes of errors, and the log of what is done (-vv: everything)'
complete -c sogo -n "__fish_sogo_using_subcommand sogoms-db; and __fish_seen_subcommand_from introspect" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c sogo -n "__fish_sogo_using_subcommand sogoms-db; and __fish_seen_subcommand_from introspect" -s V -l version -d 'Print version'
complete -c sogo -n "__fish_sogo_using_subcommand sogoms-db; and __fish_seen_subcommand_from health" -l watch -d 'Show it anew every so many seconds (2 if not said), until Ctrl-C' -r
complete -c sogo -n "__fish_sogo_using_subcommand sogoms-db; and __fish_seen_subcommand_from health" -l socket -d 'Socket to answer on, or to ask, if another than the usual one' -r -F
complete -c sogo -n "__fish_sogo_using_subcommand sogoms-db; and __fish_seen_subcommand_from health" -l dir -d 'Folder that holds config, run, state and logs, as `sogo demo` makes it' -r -f -a "(__fish_complete_directories)"
complete -c sogo -n "__fish_sogo_using_subcommand sogoms-db; and __fish_seen_subcommand_from health" -l config -d 'Configuration folder [default: $SOGO_CONFIG, else /config if it exists, else ./config]' -r -f -a "(__fish_complete_directories)"
complete -c sogo -n "__fish_sogo_using_subcommand sogoms-db; and __fish_seen_subcommand_from health" -s o -l output -d 'How results are shown [default: table on a terminal, plain in a pipe]' -r -f -a "table\t'Boxes, for a terminal (the default there)'
plain\t'Tab-separated lines under a line of names (the default in a pipe)'
json\t'JSON with stable keys'
yaml\t'YAML with the same keys'"
complete -c sogo -n "__fish_sogo_using_subcommand sogoms-db; and __fish_seen_subcommand_from health" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c sogo -n "__fish_sogo_using_subcommand sogoms-db; and __fish_seen_subcommand_from health" -s v -l verbose -d 'Tell more: causes of errors, and the log of what is done (-vv: everything)'
complete -c sogo -n "__fish_sogo_using_subcommand sogoms-db; and __fish_seen_subcommand_from health" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c sogo -n "__fish_sogo_using_subcommand sogoms-db; and __fish_seen_subcommand_from health" -s V -l version -d 'Print version'
complete -c sogo -n "__fish_sogo_using_subcommand logs; and not __fish_seen_subcommand_from tail search stats trace event" -l socket -d 'Socket to answer on, or to ask, if another than the usual one' -r -F
complete -c sogo -n "__fish_sogo_using_subcommand logs; and not __fish_seen_subcommand_from tail search stats trace event" -l dir -d 'Folder that holds config, run, state and logs, as `sogo demo` makes it' -r -f -a "(__fish_complete_directories)"
complete -c sogo -n "__fish_sogo_using_subcommand logs; and not __fish_seen_subcommand_from tail search stats trace event" -l config -d 'Configuration folder [default: $SOGO_CONFIG, else /config if it exists, else ./config]' -r -f -a "(__fish_complete_directories)"
complete -c sogo -n "__fish_sogo_using_subcommand logs; and not __fish_seen_subcommand_from tail search stats trace event" -s o -l output -d 'How results are shown [default: table on a terminal, plain in a pipe]' -r -f -a "table\t'Boxes, for a terminal (the default there)'
plain\t'Tab-separated lines under a line of names (the default in a pipe)'
json\t'JSON with stable keys'
yaml\t'YAML with the same keys'"
complete -c sogo -n "__fish_sogo_using_subcommand logs; and not __fish_seen_subcommand_from tail search stats trace event" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c sogo -n "__fish_sogo_using_subcommand logs; and not __fish_seen_subcommand_from tail search stats trace event" -s v -l verbose -d 'Tell more: causes of errors, and the log of what is done (-vv: everything)'
complete -c sogo -n "__fish_sogo_using_subcommand logs; and not __fish_seen_subcommand_from tail search stats trace event" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c sogo -n "__fish_sogo_using_subcommand logs; and not __fish_seen_subcommand_from tail search stats trace event" -s V -l version -d 'Print version'
complete -c sogo -n "__fish_sogo_using_subcommand logs; and not __fish_seen_subcommand_from tail search stats trace event" -f -a "tail" -d 'Show the newest entries, and follow them'
complete -c sogo -n "__fish_sogo_using_subcommand logs; and not __fish_seen_subcommand_from tail search stats trace event" -f -a "search" -d 'Show every entry of the whole history that fits, oldest first'
complete -c sogo -n "__fish_sogo_using_subcommand logs; and not __fish_seen_subcommand_from tail search stats trace event" -f -a "stats" -d 'Count entries by level, over time, by what they say, and by file'
complete -c sogo -n "__fish_sogo_using_subcommand logs; and not __fish_seen_subcommand_from tail search stats trace event" -f -a "trace" -d 'Show what all services wrote about one request, in order'
complete -c sogo -n "__fish_sogo_using_subcommand logs; and not __fish_seen_subcommand_from tail search stats trace event" -f -a "event" -d 'Write an event to an app\'s log'
complete -c sogo -n "__fish_sogo_using_subcommand logs; and __fish_seen_subcommand_from tail" -l since -d 'Only from then on: 10m, 2h, 3d, today, yesterday, 08:00, 2026-01-15, \'2026-01-15 08:00\', or RFC 3339' -r
complete -c sogo -n "__fish_sogo_using_subcommand logs; and __fish_seen_subcommand_from tail" -l until -d 'Only before then' -r
complete -c sogo -n "__fish_sogo_using_subcommand logs; and __fish_seen_subcommand_from tail" -l level -d 'Only what is this bad or worse' -r -f -a "info\t'Good to know'
warn\t'It went on, but somebody should look'
error\t'It failed'"
complete -c sogo -n "__fish_sogo_using_subcommand logs; and __fish_seen_subcommand_from tail" -l grep -d 'Only entries with a value in which this regular expression is found; `(?i)` before it ignores case' -r
complete -c sogo -n "__fish_sogo_using_subcommand logs; and __fish_seen_subcommand_from tail" -l where -d 'Only entries with this value, such as user_id=2; of nested fields a.b=c' -r
complete -c sogo -n "__fish_sogo_using_subcommand logs; and __fish_seen_subcommand_from tail" -l type -d 'Only this type of entries' -r -f -a "events\t'What happened'
errors\t'What went wrong'"
complete -c sogo -n "__fish_sogo_using_subcommand logs; and __fish_seen_subcommand_from tail" -s n -l lines -d 'How many entries that are there already [default: 10, with --since all up to 10000]' -r
complete -c sogo -n "__fish_sogo_using_subcommand logs; and __fish_seen_subcommand_from tail" -l socket -d 'Socket to answer on, or to ask, if another than the usual one' -r -F
complete -c sogo -n "__fish_sogo_using_subcommand logs; and __fish_seen_subcommand_from tail" -l dir -d 'Folder that holds config, run, state and logs, as `sogo demo` makes it' -r -f -a "(__fish_complete_directories)"
complete -c sogo -n "__fish_sogo_using_subcommand logs; and __fish_seen_subcommand_from tail" -l config -d 'Configuration folder [default: $SOGO_CONFIG, else /config if it exists, else ./config]' -r -f -a "(__fish_complete_directories)"
complete -c sogo -n "__fish_sogo_using_subcommand logs; and __fish_seen_subcommand_from tail" -s o -l output -d 'How results are shown [default: table on a terminal, plain in a pipe]' -r -f -a "table\t'Boxes, for a terminal (the default there)'
plain\t'Tab-separated lines under a line of names (the default in a pipe)'
json\t'JSON with stable keys'
yaml\t'YAML with the same keys'"
complete -c sogo -n "__fish_sogo_using_subcommand logs; and __fish_seen_subcommand_from tail" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c sogo -n "__fish_sogo_using_subcommand logs; and __fish_seen_subcommand_from tail" -s f -l follow -d 'Go on with what is written from now on, over midnight and full files'
complete -c sogo -n "__fish_sogo_using_subcommand logs; and __fish_seen_subcommand_from tail" -s v -l verbose -d 'Tell more: causes of errors, and the log of what is done (-vv: everything)'
complete -c sogo -n "__fish_sogo_using_subcommand logs; and __fish_seen_subcommand_from tail" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c sogo -n "__fish_sogo_using_subcommand logs; and __fish_seen_subcommand_from tail" -s V -l version -d 'Print version'
complete -c sogo -n "__fish_sogo_using_subcommand logs; and __fish_seen_subcommand_from search" -l since -d 'Only from then on: 10m, 2h, 3d, today, yesterday, 08:00, 2026-01-15, \'2026-01-15 08:00\', or RFC 3339' -r
complete -c sogo -n "__fish_sogo_using_subcommand logs; and __fish_seen_subcommand_from search" -l until -d 'Only before then' -r
complete -c sogo -n "__fish_sogo_using_subcommand logs; and __fish_seen_subcommand_from search" -l level -d 'Only what is this bad or worse' -r -f -a "info\t'Good to know'
warn\t'It went on, but somebody should look'
error\t'It failed'"
complete -c sogo -n "__fish_sogo_using_subcommand logs; and __fish_seen_subcommand_from search" -l grep -d 'Only entries with a value in which this regular expression is found; `(?i)` before it ignores case' -r
complete -c sogo -n "__fish_sogo_using_subcommand logs; and __fish_seen_subcommand_from search" -l where -d 'Only entries with this value, such as user_id=2; of nested fields a.b=c' -r
complete -c sogo -n "__fish_sogo_using_subcommand logs; and __fish_seen_subcommand_from search" -l type -d 'Only this type of entries' -r -f -a "events\t'What happened'
errors\t'What went wrong'"
complete -c sogo -n "__fish_sogo_using_subcommand logs; and __fish_seen_subcommand_from search" -s n -l limit -d 'The most entries to show, the oldest' -r
complete -c sogo -n "__fish_sogo_using_subcommand logs; and __fish_seen_subcommand_from search" -l socket -d 'Socket to answer on, or to ask, if another than the usual one' -r -F
complete -c sogo -n "__fish_sogo_using_subcommand logs; and __fish_seen_subcommand_from search" -l dir -d 'Folder that holds config, run, state and logs, as `sogo demo` makes it' -r -f -a "(__fish_complete_directories)"
complete -c sogo -n "__fish_sogo_using_subcommand logs; and __fish_seen_subcommand_from search" -l config -d 'Configuration folder [default: $SOGO_CONFIG, else /config if it exists, else ./config]' -r -f -a "(__fish_complete_directories)"
complete -c sogo -n "__fish_sogo_using_subcommand logs; and __fish_seen_subcommand_from search" -s o -l output -d 'How results are shown [default: table on a terminal, plain in a pipe]' -r -f -a "table\t'Boxes, for a terminal (the default there)'
plain\t'Tab-separated lines under a line of names (the default in a pipe)'
json\t'JSON with stable keys'
yaml\t'YAML with the same keys'"
complete -c sogo -n "__fish_sogo_using_subcommand logs; and __fish_seen_subcommand_from search" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c sogo -n "__fish_sogo_using_subcommand logs; and __fish_seen_subcommand_from search" -s v -l verbose -d 'Tell more: causes of errors, and the log of what is done (-vv: everything)'
complete -c sogo -n "__fish_sogo_using_subcommand logs; and __fish_seen_subcommand_from search" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c sogo -n "__fish_sogo_using_subcommand logs; and __fish_seen_subcommand_from search" -s V -l version -d 'Print version'
complete -c sogo -n "__fish_sogo_using_subcommand logs; and __fish_seen_subcommand_from stats" -l since -d 'Only from then on: 10m, 2h, 3d, today, yesterday, 08:00, 2026-01-15, \'2026-01-15 08:00\', or RFC 3339' -r
complete -c sogo -n "__fish_sogo_using_subcommand logs; and __fish_seen_subcommand_from stats" -l until -d 'Only before then' -r
complete -c sogo -n "__fish_sogo_using_subcommand logs; and __fish_seen_subcommand_from stats" -l level -d 'Only what is this bad or worse' -r -f -a "info\t'Good to know'
warn\t'It went on, but somebody should look'
error\t'It failed'"
complete -c sogo -n "__fish_sogo_using_subcommand logs; and __fish_seen_subcommand_from stats" -l grep -d 'Only entries with a value in which this regular expression is found; `(?i)` before it ignores case' -r
complete -c sogo -n "__fish_sogo_using_subcommand logs; and __fish_seen_subcommand_from stats" -l where -d 'Only entries with this value, such as user_id=2; of nested fields a.b=c' -r
complete -c sogo -n "__fish_sogo_using_subcommand logs; and __fish_seen_subcommand_from stats" -l type -d 'Only this type of entries' -r -f -a "events\t'What happened'
errors\t'What went wrong'"
complete -c sogo -n "__fish_sogo_using_subcommand logs; and __fish_seen_subcommand_from stats" -l by -d 'Over which time the rate is counted' -r -f -a "minute\t''
hour\t''
day\t''"
complete -c sogo -n "__fish_sogo_using_subcommand logs; and __fish_seen_subcommand_from stats" -l top -d 'How many of the most frequent messages' -r
complete -c sogo -n "__fish_sogo_using_subcommand logs; and __fish_seen_subcommand_from stats" -l watch -d 'Show it anew every so many seconds (2 if not said), until Ctrl-C' -r
complete -c sogo -n "__fish_sogo_using_subcommand logs; and __fish_seen_subcommand_from stats" -l socket -d 'Socket to answer on, or to ask, if another than the usual one' -r -F
complete -c sogo -n "__fish_sogo_using_subcommand logs; and __fish_seen_subcommand_from stats" -l dir -d 'Folder that holds config, run, state and logs, as `sogo demo` makes it' -r -f -a "(__fish_complete_directories)"
complete -c sogo -n "__fish_sogo_using_subcommand logs; and __fish_seen_subcommand_from stats" -l config -d 'Configuration folder [default: $SOGO_CONFIG, else /config if it exists, else ./config]' -r -f -a "(__fish_complete_directories)"
complete -c sogo -n "__fish_sogo_using_subcommand logs; and __fish_seen_subcommand_from stats" -s o -l output -d 'How results are shown [default: table on a terminal, plain in a pipe]' -r -f -a "table\t'Boxes, for a terminal (the default there)'
plain\t'Tab-separated lines under a line of names (the default in a pipe)'
json\t'JSON with stable keys'
yaml\t'YAML with the same keys'"
complete -c sogo -n "__fish_sogo_using_subcommand logs; and __fish_seen_subcommand_from stats" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c sogo -n "__fish_sogo_using_subcommand logs; and __fish_seen_subcommand_from stats" -s v -l verbose -d 'Tell more: causes of errors, and the log of what is done (-vv: everything)'
complete -c sogo -n "__fish_sogo_using_subcommand logs; and __fish_seen_subcommand_from stats" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c sogo -n "__fish_sogo_using_subcommand logs; and __fish_seen_subcommand_from stats" -s V -l version -d 'Print version'
complete -c sogo -n "__fish_sogo_using_subcommand logs; and __fish_seen_subcommand_from trace" -l socket -d 'Socket to answer on, or to ask, if another than the usual one' -r -F
complete -c sogo -n "__fish_sogo_using_subcommand logs; and __fish_seen_subcommand_from trace" -l dir -d 'Folder that holds config, run, state and logs, as `sogo demo` makes it' -r -f -a "(__fish_complete_directories)"
complete -c sogo -n "__fish_sogo_using_subcommand logs; and __fish_seen_subcommand_from trace" -l config -d 'Configuration folder [default: $SOGO_CONFIG, else /config if it exists, else ./config]' -r -f -a "(__fish_complete_directories)"
complete -c sogo -n "__fish_sogo_using_subcommand logs; and __fish_seen_subcommand_from trace" -s o -l output -d 'How results are shown [default: table on a terminal, plain in a pipe]' -r -f -a "table\t'Boxes, for a terminal (the default there)'
plain\t'Tab-separated lines under a line of names (the default in a pipe)'
json\t'JSON with stable keys'
yaml\t'YAML with the same keys'"
complete -c sogo -n "__fish_sogo_using_subcommand logs; and __fish_seen_subcommand_from trace" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c sogo -n "__fish_sogo_using_subcommand logs; and __fish_seen_subcommand_from trace" -s v -l verbose -d 'Tell more: causes of errors, and the log of what is done (-vv: everything)'
complete -c sogo -n "__fish_sogo_using_subcommand logs; and __fish_seen_subcommand_from trace" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c sogo -n "__fish_sogo_using_subcommand logs; and __fish_seen_subcommand_from trace" -s V -l version -d 'Print version'
complete -c sogo -n "__fish_sogo_using_subcommand logs; and __fish_seen_subcommand_from event" -l message -d 'The same for a person' -r
complete -c sogo -n "__fish_sogo_using_subcommand logs; and __fish_seen_subcommand_from event" -l user -d 'The user it is about' -r
complete -c sogo -n "__fish_sogo_using_subcommand logs; and __fish_seen_subcommand_from event" -l socket -d 'Socket to answer on, or to ask, if another than the usual one' -r -F
complete -c sogo -n "__fish_sogo_using_subcommand logs; and __fish_seen_subcommand_from event" -l dir -d 'Folder that holds config, run, state and logs, as `sogo demo` makes it' -r -f -a "(__fish_complete_directories)"
complete -c sogo -n "__fish_sogo_using_subcommand logs; and __fish_seen_subcommand_from event" -l config -d 'Configuration folder [default: $SOGO_CONFIG, else /config if it exists, else ./config]' -r -f -a "(__fish_complete_directories)"
complete -c sogo -n "__fish_sogo_using_subcommand logs; and __fish_seen_subcommand_from event" -s o -l output -d 'How results are shown [default: table on a terminal, plain in a pipe]' -r -f -a "table\t'Boxes, for a terminal (the default there)'
plain\t'Tab-separated lines under a line of names (the default in a pipe)'
json\t'JSON with stable keys'
yaml\t'YAML with the same keys'"
complete -c sogo -n "__fish_sogo_using_subcommand logs; and __fish_seen_subcommand_from event" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c sogo -n "__fish_sogo_using_subcommand logs; and __fish_seen_subcommand_from event" -s v -l verbose -d 'Tell more: causes of errors, and the log of what is done (-vv: everything)'
complete -c sogo -n "__fish_sogo_using_subcommand logs; and __fish_seen_subcommand_from event" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c sogo -n "__fish_sogo_using_subcommand logs; and __fish_seen_subcommand_from event" -s V -l version -d 'Print version'
complete -c sogo -n "__fish_sogo_using_subcommand sogoms-logs; and not __fish_seen_subcommand_from tail search stats trace event" -l socket -d 'Socket to answer on, or to ask, if another than the usual one' -r -F
complete -c sogo -n "__fish_sogo_using_subcommand sogoms-logs; and not __fish_seen_subcommand_from tail search stats trace event" -l dir -d 'Folder that holds config, run, state and logs, as `sogo demo` makes it' -r -f -a "(__fish_complete_directories)"
complete -c sogo -n "__fish_sogo_using_subcommand sogoms-logs; and not __fish_seen_subcommand_from tail search stats trace event" -l config -d 'Configuration folder [default: $SOGO_CONFIG, else /config if it exists, else ./config]' -r -f -a "(__fish_complete_directories)"
complete -c sogo -n "__fish_sogo_using_subcommand sogoms-logs; and not __fish_seen_subcommand_from tail search stats trace event" -s o -l output -d 'How results are shown [default: table on a terminal, plain in a pipe]' -r -f -a "table\t'Boxes, for a terminal (the default there)'
plain\t'Tab-separated lines under a line of names (the default in a pipe)'
json\t'JSON with stable keys'
yaml\t'YAML with the same keys'"
complete -c sogo -n "__fish_sogo_using_subcommand sogoms-logs; and not __fish_seen_subcommand_from tail search stats trace event" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c sogo -n "__fish_sogo_using_subcommand sogoms-logs; and not __fish_seen_subcommand_from tail search stats trace event" -s v -l verbose -d 'Tell more: causes of errors, and the log of what is done (-vv: everything)'
complete -c sogo -n "__fish_sogo_using_subcommand sogoms-logs; and not __fish_seen_subcommand_from tail search stats trace event" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c sogo -n "__fish_sogo_using_subcommand sogoms-logs; and not __fish_seen_subcommand_from tail search stats trace event" -s V -l version -d 'Print version'
complete -c sogo -n "__fish_sogo_using_subcommand sogoms-logs; and not __fish_seen_subcommand_from tail search stats trace event" -f -a "tail" -d 'Show the newest entries, and follow them'
complete -c sogo -n "__fish_sogo_using_subcommand sogoms-logs; and not __fish_seen_subcommand_from tail search stats trace event" -f -a "search" -d 'Show every entry of the whole history that fits, oldest first'
complete -c sogo -n "__fish_sogo_using_subcommand sogoms-logs; and not __fish_seen_subcommand_from tail search stats trace event" -f -a "stats" -d 'Count entries by level, over time, by what they say, and by file'
complete -c sogo -n "__fish_sogo_using_subcommand sogoms-logs; and not __fish_seen_subcommand_from tail search stats trace event" -f -a "trace" -d 'Show what all services wrote about one request, in order'
complete -c sogo -n "__fish_sogo_using_subcommand sogoms-logs; and not __fish_seen_subcommand_from tail search stats trace event" -f -a "event" -d 'Write an event to an app\'s log'
complete -c sogo -n "__fish_sogo_using_subcommand sogoms-logs; and __fish_seen_subcommand_from tail" -l since -d 'Only from then on: 10m, 2h, 3d, today, yesterday, 08:00, 2026-01-15, \'2026-01-15 08:00\', or RFC 3339' -r
complete -c sogo -n "__fish_sogo_using_subcommand sogoms-logs; and __fish_seen_subcommand_from tail" -l until -d 'Only before then' -r
complete -c sogo -n "__fish_sogo_using_subcommand sogoms-logs; and __fish_seen_subcommand_from tail" -l level -d 'Only what is this bad or worse' -r -f -a "info\t'Good to know'
warn\t'It went on, but somebody should look'
error\t'It failed'"
complete -c sogo -n "__fish_sogo_using_subcommand sogoms-logs; and __fish_seen_subcommand_from tail" -l grep -d 'Only entries with a value in which this regular expression is found; `(?i)` before it ignores case' -r
complete -c sogo -n "__fish_sogo_using_subcommand sogoms-logs; and __fish_seen_subcommand_from tail" -l where -d 'Only entries with this value, such as user_id=2; of nested fields a.b=c' -r
complete -c sogo -n "__fish_sogo_using_subcommand sogoms-logs; and __fish_seen_subcommand_from tail" -l type -d 'Only this type of entries' -r -f -a "events\t'What happened'
errors\t'What went wrong'"
complete -c sogo -n "__fish_sogo_using_subcommand sogoms-logs; and __fish_seen_subcommand_from tail" -s n -l lines -d 'How many entries that are there already [default: 10, with --since all up to 10000]' -r
complete -c sogo -n "__fish_sogo_using_subcommand sogoms-logs; and __fish_seen_subcommand_from tail" -l socket -d 'Socket to answer on, or to ask, if another than the usual one' -r -F
complete -c sogo -n "__fish_sogo_using_subcommand sogoms-logs; and __fish_seen_subcommand_from tail" -l dir -d 'Folder that holds config, run, state and logs, as `sogo demo` makes it' -r -f -a "(__fish_complete_directories)"
complete -c sogo -n "__fish_sogo_using_subcommand sogoms-logs; and __fish_seen_subcommand_from tail" -l config -d 'Configuration folder [default: $SOGO_CONFIG, else /config if it exists, else ./config]' -r -f -a "(__fish_complete_directories)"
complete -c sogo -n "__fish_sogo_using_subcommand sogoms-logs; and __fish_seen_subcommand_from tail" -s o -l output -d 'How results are shown [default: table on a terminal, plain in a pipe]' -r -f -a "table\t'Boxes, for a terminal (the default there)'
plain\t'Tab-separated lines under a line of names (the default in a pipe)'
json\t'JSON with stable keys'
yaml\t'YAML with the same keys'"
complete -c sogo -n "__fish_sogo_using_subcommand sogoms-logs; and __fish_seen_subcommand_from tail" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c sogo -n "__fish_sogo_using_subcommand sogoms-logs; and __fish_seen_subcommand_from tail" -s f -l follow -d 'Go on with what is written from now on, over midnight and full files'
complete -c sogo -n "__fish_sogo_using_subcommand sogoms-logs; and __fish_seen_subcommand_from tail" -s v -l verbose -d 'Tell more: causes of errors, and the log of what is done (-vv: everything)'
complete -c sogo -n "__fish_sogo_using_subcommand sogoms-logs; and __fish_seen_subcommand_from tail" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c sogo -n "__fish_sogo_using_subcommand sogoms-logs; and __fish_seen_subcommand_from tail" -s V -l version -d 'Print version'
complete -c sogo -n "__fish_sogo_using_subcommand sogoms-logs; and __fish_seen_subcommand_from search" -l since -d 'Only from then on: 10m, 2h, 3d, today, yesterday, 08:00, 2026-01-15, \'2026-01-15 08:00\', or RFC 3339' -r
complete -c sogo -n "__fish_sogo_using_subcommand sogoms-logs; and __fish_seen_subcommand_from search" -l until -d 'Only before then' -r
complete -c sogo -n "__fish_sogo_using_subcommand sogoms-logs; and __fish_seen_subcommand_from search" -l level -d 'Only what is this bad or worse' -r -f -a "info\t'Good to know'
warn\t'It went on, but somebody should look'
error\t'It failed'"
complete -c sogo -n "__fish_sogo_using_subcommand sogoms-logs; and __fish_seen_subcommand_from search" -l grep -d 'Only entries with a value in which this regular expression is found; `(?i)` before it ignores case' -r
complete -c sogo -n "__fish_sogo_using_subcommand sogoms-logs; and __fish_seen_subcommand_from search" -l where -d 'Only entries with this value, such as user_id=2; of nested fields a.b=c' -r
complete -c sogo -n "__fish_sogo_using_subcommand sogoms-logs; and __fish_seen_subcommand_from search" -l type -d 'Only this type of entries' -r -f -a "events\t'What happened'
errors\t'What went wrong'"
complete -c sogo -n "__fish_sogo_using_subcommand sogoms-logs; and __fish_seen_subcommand_from search" -s n -l limit -d 'The most entries to show, the oldest' -r
complete -c sogo -n "__fish_sogo_using_subcommand sogoms-logs; and __fish_seen_subcommand_from search" -l socket -d 'Socket to answer on, or to ask, if another than the usual one' -r -F
complete -c sogo -n "__fish_sogo_using_subcommand sogoms-logs; and __fish_seen_subcommand_from search" -l dir -d 'Folder that holds config, run, state and logs, as `sogo demo` makes it' -r -f -a "(__fish_complete_directories)"
complete -c sogo -n "__fish_sogo_using_subcommand sogoms-logs; and __fish_seen_subcommand_from search" -l config -d 'Configuration folder [default: $SOGO_CONFIG, else /config if it exists, else ./config]' -r -f -a "(__fish_complete_directories)"
complete -c sogo -n "__fish_sogo_using_subcommand sogoms-logs; and __fish_seen_subcommand_from search" -s o -l output -d 'How results are shown [default: table on a terminal, plain in a pipe]' -r -f -a "table\t'Boxes, for a terminal (the default there)'
plain\t'Tab-separated lines under a line of names (the default in a pipe)'
json\t'JSON with stable keys'
yaml\t'YAML with the same keys'"
complete -c sogo -n "__fish_sogo_using_subcommand sogoms-logs; and __fish_seen_subcommand_from search" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c sogo -n "__fish_sogo_using_subcommand sogoms-logs; and __fish_seen_subcommand_from search" -s v -l verbose -d 'Tell more: causes of errors, and the log of what is done (-vv: everything)'
complete -c sogo -n "__fish_sogo_using_subcommand sogoms-logs; and __fish_seen_subcommand_from search" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c sogo -n "__fish_sogo_using_subcommand sogoms-logs; and __fish_seen_subcommand_from search" -s V -l version -d 'Print version'
complete -c sogo -n "__fish_sogo_using_subcommand sogoms-logs; and __fish_seen_subcommand_from stats" -l since -d 'Only from then on: 10m, 2h, 3d, today, yesterday, 08:00, 2026-01-15, \'2026-01-15 08:00\', or RFC 3339' -r
complete -c sogo -n "__fish_sogo_using_subcommand sogoms-logs; and __fish_seen_subcommand_from stats" -l until -d 'Only before then' -r
complete -c sogo -n "__fish_sogo_using_subcommand sogoms-logs; and __fish_seen_subcommand_from stats" -l level -d 'Only what is this bad or worse' -r -f -a "info\t'Good to know'
warn\t'It went on, but somebody should look'
error\t'It failed'"
complete -c sogo -n "__fish_sogo_using_subcommand sogoms-logs; and __fish_seen_subcommand_from stats" -l grep -d 'Only entries with a value in which this regular expression is found; `(?i)` before it ignores case' -r
complete -c sogo -n "__fish_sogo_using_subcommand sogoms-logs; and __fish_seen_subcommand_from stats" -l where -d 'Only entries with this value, such as user_id=2; of nested fields a.b=c' -r
complete -c sogo -n "__fish_sogo_using_subcommand sogoms-logs; and __fish_seen_subcommand_from stats" -l type -d 'Only this type of entries' -r -f -a "events\t'What happened'
errors\t'What went wrong'"
complete -c sogo -n "__fish_sogo_using_subcommand sogoms-logs; and __fish_seen_subcommand_from stats" -l by -d 'Over which time the rate is counted' -r -f -a "minute\t''
hour\t''
day\t''"
complete -c sogo -n "__fish_sogo_using_subcommand sogoms-logs; and __fish_seen_subcommand_from stats" -l top -d 'How many of the most frequent messages' -r
complete -c sogo -n "__fish_sogo_using_subcommand sogoms-logs; and __fish_seen_subcommand_from stats" -l watch -d 'Show it anew every so many seconds (2 if not said), until Ctrl-C' -r
complete -c sogo -n "__fish_sogo_using_subcommand sogoms-logs; and __fish_seen_subcommand_from stats" -l socket -d 'Socket to answer on, or to ask, if another than the usual one' -r -F
complete -c sogo -n "__fish_sogo_using_subcommand sogoms-logs; and __fish_seen_subcommand_from stats" -l dir -d 'Folder that holds config, run, state and logs, as `sogo demo` makes it' -r -f -a "(__fish_complete_directories)"
complete -c sogo -n "__fish_sogo_using_subcommand sogoms-logs; and __fish_seen_subcommand_from stats" -l config -d 'Configuration folder [default: $SOGO_CONFIG, else /config if it exists, else ./config]' -r -f -a "(__fish_complete_directories)"
complete -c sogo -n "__fish_sogo_using_subcommand sogoms-logs; and __fish_seen_subcommand_from stats" -s o -l output -d 'How results are shown [default: table on a terminal, plain in a pipe]' -r -f -a "table\t'Boxes, for a terminal (the default there)'
plain\t'Tab-separated lines under a line of names (the default in a pipe)'
json\t'JSON with stable keys'
yaml\t'YAML with the same keys'"
complete -c sogo -n "__fish_sogo_using_subcommand sogoms-logs; and __fish_seen_subcommand_from stats" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c sogo -n "__fish_sogo_using_subcommand sogoms-logs; and __fish_seen_subcommand_from stats" -s v -l verbose -d 'Tell more: causes of errors, and the log of what is done (-vv: everything)'
complete -c sogo -n "__fish_sogo_using_subcommand sogoms-logs; and __fish_seen_subcommand_from stats" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c sogo -n "__fish_sogo_using_subcommand sogoms-logs; and __fish_seen_subcommand_from stats" -s V -l version -d 'Print version'
complete -c sogo -n "__fish_sogo_using_subcommand sogoms-logs; and __fish_seen_subcommand_from trace" -l socket -d 'Socket to answer on, or to ask, if another than the usual one' -r -F
complete -c sogo -n "__fish_sogo_using_subcommand sogoms-logs; and __fish_seen_subcommand_from trace" -l dir -d 'Folder that holds config, run, state and logs, as `sogo demo` makes it' -r -f -a "(__fish_complete_directories)"
complete -c sogo -n "__fish_sogo_using_subcommand sogoms-logs; and __fish_seen_subcommand_from trace" -l config -d 'Configuration folder [default: $SOGO_CONFIG, else /config if it exists, else ./config]' -r -f -a "(__fish_complete_directories)"
complete -c sogo -n "__fish_sogo_using_subcommand sogoms-logs; and __fish_seen_subcommand_from trace" -s o -l output -d 'How results are shown [default: table on a terminal, plain in a pipe]' -r -f -a "table\t'Boxes, for a terminal (the default there)'
plain\t'Tab-separated lines under a line of names (the default in a pipe)'
json\t'JSON with stable keys'
yaml\t'YAML with the same keys'"
complete -c sogo -n "__fish_sogo_using_subcommand sogoms-logs; and __fish_seen_subcommand_from trace" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c sogo -n "__fish_sogo_using_subcommand sogoms-logs; and __fish_seen_subcommand_from trace" -s v -l verbose -d 'Tell more: causes of errors, and the log of what is done (-vv: everything)'
complete -c sogo -n "__fish_sogo_using_subcommand sogoms-logs; and __fish_seen_subcommand_from trace" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c sogo -n "__fish_sogo_using_subcommand sogoms-logs; and __fish_seen_subcommand_from trace" -s V -l version -d 'Print version'
complete -c sogo -n "__fish_sogo_using_subcommand sogoms-logs; and __fish_seen_subcommand_from event" -l message -d 'The same for a person' -r
complete -c sogo -n "__fish_sogo_using_subcommand sogoms-logs; and __fish_seen_subcommand_from event" -l user -d 'The user it is about' -r
complete -c sogo -n "__fish_sogo_using_subcommand sogoms-logs; and __fish_seen_subcommand_from event" -l socket -d 'Socket to answer on, or to ask, if another than the usual one' -r -F
complete -c sogo -n "__fish_sogo_using_subcommand sogoms-logs; and __fish_seen_subcommand_from event" -l dir -d 'Folder that holds config, run, state and logs, as `sogo demo` makes it' -r -f -a "(__fish_complete_directories)"
complete -c sogo -n "__fish_sogo_using_subcommand sogoms-logs; and __fish_seen_subcommand_from event" -l config -d 'Configuration folder [default: $SOGO_CONFIG, else /config if it exists, else ./config]' -r -f -a "(__fish_complete_directories)"
complete -c sogo -n "__fish_sogo_using_subcommand sogoms-logs; and __fish_seen_subcommand_from event" -s o -l output -d 'How results are shown [default: table on a terminal, plain in a pipe]' -r -f -a "table\t'Boxes, for a terminal (the default there)'
plain\t'Tab-separated lines under a line of names (the default in a pipe)'
json\t'JSON with stable keys'
yaml\t'YAML with the same keys'"
complete -c sogo -n "__fish_sogo_using_subcommand sogoms-logs; and __fish_seen_subcommand_from event" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c sogo -n "__fish_sogo_using_subcommand sogoms-logs; and __fish_seen_subcommand_from event" -s v -l verbose -d 'Tell more: causes of errors, and the log of what is done (-vv: everything)'
complete -c sogo -n "__fish_sogo_using_subcommand sogoms-logs; and __fish_seen_subcommand_from event" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c sogo -n "__fish_sogo_using_subcommand sogoms-logs; and __fish_seen_subcommand_from event" -s V -l version -d 'Print version'
complete -c sogo -n "__fish_sogo_using_subcommand token" -l expires -d 'How long it is valid, such as 10m or 24h' -r
complete -c sogo -n "__fish_sogo_using_subcommand token" -l dir -d 'Folder that holds config, run, state and logs, as `sogo demo` makes it' -r -f -a "(__fish_complete_directories)"
complete -c sogo -n "__fish_sogo_using_subcommand token" -l config -d 'Configuration folder [default: $SOGO_CONFIG, else /config if it exists, else ./config]' -r -f -a "(__fish_complete_directories)"
complete -c sogo -n "__fish_sogo_using_subcommand token" -s o -l output -d 'How results are shown [default: table on a terminal, plain in a pipe]' -r -f -a "table\t'Boxes, for a terminal (the default there)'
plain\t'Tab-separated lines under a line of names (the default in a pipe)'
json\t'JSON with stable keys'
yaml\t'YAML with the same keys'"
complete -c sogo -n "__fish_sogo_using_subcommand token" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c sogo -n "__fish_sogo_using_subcommand token" -s v -l verbose -d 'Tell more: causes of errors, and the log of what is done (-vv: everything)'
complete -c sogo -n "__fish_sogo_using_subcommand token" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c sogo -n "__fish_sogo_using_subcommand token" -s V -l version -d 'Print version'
complete -c sogo -n "__fish_sogo_using_subcommand ping" -l watch -d 'Show it anew every so many seconds (2 if not said), until Ctrl-C' -r
complete -c sogo -n "__fish_sogo_using_subcommand ping" -l dir -d 'Folder that holds config, run, state and logs, as `sogo demo` makes it' -r -f -a "(__fish_complete_directories)"
complete -c sogo -n "__fish_sogo_using_subcommand ping" -l config -d 'Configuration folder [default: $SOGO_CONFIG, else /config if it exists, else ./config]' -r -f -a "(__fish_complete_directories)"
complete -c sogo -n "__fish_sogo_using_subcommand ping" -s o -l output -d 'How results are shown [default: table on a terminal, plain in a pipe]' -r -f -a "table\t'Boxes, for a terminal (the default there)'
plain\t'Tab-separated lines under a line of names (the default in a pipe)'
json\t'JSON with stable keys'
yaml\t'YAML with the same keys'"
complete -c sogo -n "__fish_sogo_using_subcommand ping" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c sogo -n "__fish_sogo_using_subcommand ping" -s v -l verbose -d 'Tell more: causes of errors, and the log of what is done (-vv: everything)'
complete -c sogo -n "__fish_sogo_using_subcommand ping" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c sogo -n "__fish_sogo_using_subcommand ping" -s V -l version -d 'Print version'
complete -c sogo -n "__fish_sogo_using_subcommand install" -l links -d 'Folder that gets the links; it is made if it is not there' -r -f -a "(__fish_complete_directories)"
complete -c sogo -n "__fish_sogo_using_subcommand install" -l dir -d 'Folder that holds config, run, state and logs, as `sogo demo` makes it' -r -f -a "(__fish_complete_directories)"
complete -c sogo -n "__fish_sogo_using_subcommand install" -l config -d 'Configuration folder [default: $SOGO_CONFIG, else /config if it exists, else ./config]' -r -f -a "(__fish_complete_directories)"
complete -c sogo -n "__fish_sogo_using_subcommand install" -s o -l output -d 'How results are shown [default: table on a terminal, plain in a pipe]' -r -f -a "table\t'Boxes, for a terminal (the default there)'
plain\t'Tab-separated lines under a line of names (the default in a pipe)'
json\t'JSON with stable keys'
yaml\t'YAML with the same keys'"
complete -c sogo -n "__fish_sogo_using_subcommand install" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c sogo -n "__fish_sogo_using_subcommand install" -l force -d 'Replace files and links of something else that have these names'
complete -c sogo -n "__fish_sogo_using_subcommand install" -s v -l verbose -d 'Tell more: causes of errors, and the log of what is done (-vv: everything)'
complete -c sogo -n "__fish_sogo_using_subcommand install" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c sogo -n "__fish_sogo_using_subcommand install" -s V -l version -d 'Print version'
complete -c sogo -n "__fish_sogo_using_subcommand exit-codes" -l dir -d 'Folder that holds config, run, state and logs, as `sogo demo` makes it' -r -f -a "(__fish_complete_directories)"
complete -c sogo -n "__fish_sogo_using_subcommand exit-codes" -l config -d 'Configuration folder [default: $SOGO_CONFIG, else /config if it exists, else ./config]' -r -f -a "(__fish_complete_directories)"
complete -c sogo -n "__fish_sogo_using_subcommand exit-codes" -s o -l output -d 'How results are shown [default: table on a terminal, plain in a pipe]' -r -f -a "table\t'Boxes, for a terminal (the default there)'
plain\t'Tab-separated lines under a line of names (the default in a pipe)'
json\t'JSON with stable keys'
yaml\t'YAML with the same keys'"
complete -c sogo -n "__fish_sogo_using_subcommand exit-codes" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c sogo -n "__fish_sogo_using_subcommand exit-codes" -s v -l verbose -d 'Tell more: causes of errors, and the log of what is done (-vv: everything)'
complete -c sogo -n "__fish_sogo_using_subcommand exit-codes" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c sogo -n "__fish_sogo_using_subcommand exit-codes" -s V -l version -d 'Print version'
complete -c sogo -n "__fish_sogo_using_subcommand completions" -l dir -d 'Folder that holds config, run, state and logs, as `sogo demo` makes it' -r -f -a "(__fish_complete_directories)"
complete -c sogo -n "__fish_sogo_using_subcommand completions" -l config -d 'Configuration folder [default: $SOGO_CONFIG, else /config if it exists, else ./config]' -r -f -a "(__fish_complete_directories)"
complete -c sogo -n "__fish_sogo_using_subcommand completions" -s o -l output -d 'How results are shown [default: table on a terminal, plain in a pipe]' -r -f -a "table\t'Boxes, for a terminal (the default there)'
plain\t'Tab-separated lines under a line of names (the default in a pipe)'
json\t'JSON with stable keys'
yaml\t'YAML with the same keys'"
complete -c sogo -n "__fish_sogo_using_subcommand completions" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c sogo -n "__fish_sogo_using_subcommand completions" -s v -l verbose -d 'Tell more: causes of errors, and the log of what is done (-vv: everything)'
complete -c sogo -n "__fish_sogo_using_subcommand completions" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c sogo -n "__fish_sogo_using_subcommand completions" -s V -l version -d 'Print version'
complete -c sogo -n "__fish_sogo_using_subcommand man" -l to -d 'Write the page of every verb into this folder' -r -f -a "(__fish_complete_directories)"
complete -c sogo -n "__fish_sogo_using_subcommand man" -l dir -d 'Folder that holds config, run, state and logs, as `sogo demo` makes it' -r -f -a "(__fish_complete_directories)"
complete -c sogo -n "__fish_sogo_using_subcommand man" -l config -d 'Configuration folder [default: $SOGO_CONFIG, else /config if it exists, else ./config]' -r -f -a "(__fish_complete_directories)"
complete -c sogo -n "__fish_sogo_using_subcommand man" -s o -l output -d 'How results are shown [default: table on a terminal, plain in a pipe]' -r -f -a "table\t'Boxes, for a terminal (the default there)'
plain\t'Tab-separated lines under a line of names (the default in a pipe)'
json\t'JSON with stable keys'
yaml\t'YAML with the same keys'"
complete -c sogo -n "__fish_sogo_using_subcommand man" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c sogo -n "__fish_sogo_using_subcommand man" -s v -l verbose -d 'Tell more: causes of errors, and the log of what is done (-vv: everything)'
complete -c sogo -n "__fish_sogo_using_subcommand man" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c sogo -n "__fish_sogo_using_subcommand man" -s V -l version -d 'Print version'
