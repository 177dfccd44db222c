using System.Globalization;
using System.Text;

namespace Failover.Hooks;

/// <summary>What a hook said, made fit for a terminal, a log and a page: it is a foreign program's.</summary>
public static class HookText
{
    private const int MostLines = 5;
    private const int MostCharacters = 400;

    /// <summary>The last lines, on one line, without anything that could act on a terminal or reorder what stands beside it.</summary>
    public static string LastLines(string output)
    {
        var lines = output.Split('\n').Select(Clean).Where(line => line.Length > 0).TakeLast(MostLines);
        var text = string.Join(" / ", lines);
        if (text.Length <= MostCharacters)
        {
            return text;
        }
        var from = text.Length - MostCharacters;
        return $"…{text[(char.IsLowSurrogate(text[from]) ? from + 1 : from)..]}";
    }

    private static string Clean(string line)
    {
        var kept = new StringBuilder();
        foreach (var rune in line.EnumerateRunes())
        {
            var shown = Rune.GetUnicodeCategory(rune) switch
            {
                UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned
                    or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator => " ",
                _ => rune.ToString(),
            };
            kept.Append(shown);
        }
        return string.Join(' ', kept.ToString().Split(' ', StringSplitOptions.RemoveEmptyEntries));
    }
}
