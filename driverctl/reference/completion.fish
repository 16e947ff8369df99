# What 'driverctl completion fish' prints: completion of driverctl's command line in fish.
function __driverctl_offers
    set -l words (commandline --tokenize --cut-at-cursor --current-process)
    set -l typed (commandline --cut-at-cursor --current-token)
    set -l offers (driverctl completion fish -- $words[2..] "$typed" 2>/dev/null)
    set -l flag (string match --regex -- '^--[^=]*=' "$typed")
    set -l value (string replace -- "$flag" '' "$typed")
    switch "$offers[-1]"
        case :files
            string replace --regex -- '^' "$flag" (__fish_complete_path "$value")
        case :directories
            string replace --regex -- '^' "$flag" (__fish_complete_directories "$value" '')
        case ':*'
            string replace -- ' ' \t $offers[..-2]
    end
end
complete --command driverctl --no-files --arguments '(__driverctl_offers)'
complete --command nvidia-driver --wraps driverctl
