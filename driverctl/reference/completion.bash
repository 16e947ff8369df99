# What 'driverctl completion bash' prints: completion of driverctl's command line in bash.
_driverctl() {
    # readline ends words at "=" and ":" as well: what no blank parts is one word of ours.
    local rest=${COMP_LINE:0:COMP_POINT} words=() word i
    for ((i = 0; i <= COMP_CWORD; i++)); do
        if [[ $i == 0 || $rest == [[:blank:]]* ]]; then
            words+=("")
            rest=${rest#"${rest%%[![:blank:]]*}"}
        fi
        word=${COMP_WORDS[i]}
        ((i < COMP_CWORD)) || word=$rest # up to the cursor
        words[${#words[@]} - 1]+=$word
        rest=${rest#"$word"}
    done

    mapfile -t COMPREPLY < <(driverctl completion bash -- "${words[@]:1}" 2>/dev/null)
    ((${#COMPREPLY[@]})) || return
    case ${COMPREPLY[*]: -1} in
        :files) compopt -o default ;;
        :directories) compopt -o dirnames ;;
    esac
    unset 'COMPREPLY[${#COMPREPLY[@]} - 1]'
    # What stands before the "=" is on the line already.
    word=${words[${#words[@]} - 1]}
    if [[ $word == *=* && $COMP_WORDBREAKS == *=* ]]; then
        COMPREPLY=("${COMPREPLY[@]#*=}")
    fi
}
complete -F _driverctl driverctl nvidia-driver
