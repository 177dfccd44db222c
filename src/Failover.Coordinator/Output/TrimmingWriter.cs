using System.Text;

namespace Failover.Coordinator.Output;

/// <summary>Drops the blanks at the end of lines, which tables are padded with: in a file or a ticket they are only in the way.</summary>
internal sealed class TrimmingWriter(TextWriter inner) : TextWriter
{
    private int _blanks;

    public override Encoding Encoding => inner.Encoding;

    public override void Write(char value)
    {
        switch (value)
        {
            case ' ':
                _blanks++;
                return;
            case '\n' or '\r':
                _blanks = 0;
                break;
        }
        for (; _blanks > 0; _blanks--)
        {
            inner.Write(' ');
        }
        inner.Write(value);
    }

    public override void Flush() => inner.Flush();
}
