namespace Failover.Usage;

/// <summary>What a shell needs in order to ask the program. Where the program offers nothing, the shell offers files.</summary>
internal static class CompletionScripts
{
    public static IReadOnlyList<string> Shells { get; } = ["bash", "zsh", "fish"];

    public static string Of(string shell, string program)
    {
        var script = shell switch
        {
            "bash" => Bash,
            "zsh" => Zsh,
            "fish" => Fish,
            _ => throw new ArgumentOutOfRangeException(nameof(shell), shell, "no script for this shell"),
        };
        // The name of a shell's function may not hold every character that a program's may.
        return script.Replace("@function@", program.Replace('-', '_'), StringComparison.Ordinal).Replace("@program@", program, StringComparison.Ordinal);
    }

    // The program knows the line by its own name, however it was called there.
    private const string Bash = """
        # bash completion for @program@; in a running shell: source <(@program@ completion bash)
        _@function@() {
            local called=${COMP_WORDS[0]} line offer
            line=@program@${COMP_LINE#*"$called"}
            COMPREPLY=()
            while IFS= read -r offer; do
                COMPREPLY+=("${offer%%$'\t'*}")
            done < <("$called" "[complete:$((COMP_POINT + ${#line} - ${#COMP_LINE}))]" "$line" 2>/dev/null)
        }
        complete -o default -F _@function@ @program@

        """;

    private const string Zsh = """
        #compdef @program@
        # zsh completion for @program@; in a running shell: source <(@program@ completion zsh)
        _@function@() {
            local line="@program@ ${(j: :)words[2,CURRENT]}" offer
            local -a offers
            for offer in ${(f)"$(${words[1]} "[complete:${#line}]" "$line" 2>/dev/null)"}; do
                offers+=("${${offer%%$'\t'*}//:/\\:}:${offer#*$'\t'}")
            done
            if (( ${#offers} )); then
                _describe '@program@' offers
            else
                _files
            fi
        }
        if [ "$funcstack[1]" = "_@function@" ]; then
            _@function@ "$@"
        else
            compdef _@function@ @program@
        fi

        """;

    private const string Fish = """
        # fish completion for @program@; in a running shell: @program@ completion fish | source
        function __@function@_offers
            set -l words (commandline -opc) (commandline -ct)
            set -l called $words[1]
            set words[1] @program@
            set -l line (string join ' ' -- $words)
            $called "[complete:"(string length -- "$line")"]" "$line" 2>/dev/null
        end
        function __@function@_offers_any
            set -g __@function@_last (__@function@_offers)
            test (count $__@function@_last) -gt 0
        end
        complete -c @program@ -n 'not __@function@_offers_any' -F
        complete -c @program@ -n '__@function@_offers_any' -f -k -a '(string join \n -- $__@function@_last)'

        """;
}
