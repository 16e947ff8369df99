#compdef driverctl nvidia-driver
# What 'driverctl completion zsh' prints: completion of driverctl's command line in zsh.
_driverctl() {
    local -a offers
    offers=("${(@f)$(driverctl completion zsh -- \
        "${(@Q)words[2,CURRENT-1]}" "${(Q)PREFIX}" 2>/dev/null)}")
    local paths=$offers[-1]
    offers[-1]=()
    if compset -P '--*='; then
        offers=("${(@)offers#--*=}")
    fi
    case $paths in
        :files) _files ;;
        :directories) _files -/ ;;
        *) _describe -V driverctl offers ;;
    esac
}
if [[ ${funcstack[1]} == _driverctl ]]; then
    _driverctl
else
    compdef _driverctl driverctl nvidia-driver
fi
