using System.Text;

namespace Bayes.Layers.Samples.Support.Running;

/// <summary>The last lines that a sample prints: its files.</summary>
internal static class FileList
{
    private const int Width = 80;

    /// <summary>Returns the folder and, indented below it, the names, in lines of at most 80 columns.</summary>
    public static string Of(string folder, IEnumerable<string> names)
    {
        var text = new StringBuilder($"Written to {folder}:");
        int used = Width;
        foreach (var (index, name) in names.Index())
        {
            bool wraps = used + ", ".Length + name.Length + ",".Length > Width;
            text.Append(index == 0 ? "" : ",").Append(wraps ? $"{Environment.NewLine}  {name}" : $" {name}");
            used = wraps ? "  ".Length + name.Length : used + ", ".Length + name.Length;
        }
        return text.ToString();
    }
}
