using System.Text.RegularExpressions;
using Bayes.Layers.Tests.Samples.Report;

namespace Bayes.Layers.Tests;

/// <summary>The folder of the library's source that each of its types is in.</summary>
internal static partial class Rooms
{
    /// <summary>What the root folder is called.</summary>
    public const string Hall = "";

    private static readonly string Source = Path.Combine(RepositoryFolder.Path, "src", "Bayes.Layers");

    private static readonly Dictionary<string, string> RoomsByType = ReadSources();

    /// <summary>Gets all rooms that have a type.</summary>
    public static IEnumerable<string> All => RoomsByType.Values.Distinct();

    /// <summary>Gets the names of the files in a room.</summary>
    public static IEnumerable<string> FilesOf(string room) => Directory.GetFiles(Path.Combine(Source, room), "*.cs").Select(Path.GetFileName)!;

    /// <summary>Returns the room of a type, which for a nested type is that of the type around it.</summary>
    public static string Of(Type type)
    {
        while (type.DeclaringType is { } outer)
            type = outer;
        return RoomsByType[type.Name.Split('`')[0]];
    }

    private static Dictionary<string, string> ReadSources()
    {
        var rooms = new Dictionary<string, string>();
        foreach (string file in Directory.EnumerateFiles(Source, "*.cs", SearchOption.AllDirectories))
        {
            string room = Path.GetRelativePath(Source, Path.GetDirectoryName(file)!).TrimEnd('.');
            if (room.Split(Path.DirectorySeparatorChar)[0] is "obj" or "bin" or "buildTransitive")
                continue;
            foreach (Match match in Declaration().Matches(File.ReadAllText(file)))
                if (!rooms.TryAdd(match.Groups[1].Value, room))
                    rooms[match.Groups[1].Value].Should().Be(room, "{0} has one room", match.Groups[1].Value);
        }
        return rooms;
    }

    // Types that are not nested begin their line.
    [GeneratedRegex(@"^(?:public|internal)[a-z ]*? (?:class|struct|interface|enum|record(?: class| struct)?|delegate [\w<>?]+) (\w+)",
        RegexOptions.Multiline)]
    private static partial Regex Declaration();
}
