using Bayes.Layers.Reports.Pages;

namespace Bayes.Layers.Uncertainty.Uci;

/// <summary>splits.csv: a line for each finished split of a method, written as soon as it is finished.</summary>
internal sealed class SplitFile
{
    public const string Name = "splits.csv";

    private readonly string _path;
    private readonly List<SplitScore> _scores = [];

    /// <summary>Reads the lines of an earlier run, if there is one. A last line that was written by half is dropped.</summary>
    /// <param name="folder">The folder, which exists.</param>
    /// <exception cref="DataFileException">The file is something else, or has a wrong line.</exception>
    public SplitFile(string folder)
    {
        _path = Path.Combine(folder, Name);
        if (!File.Exists(_path))
            return;
        string[] lines = File.ReadAllLines(_path);
        if (lines.FirstOrDefault() != SplitScore.Header)
            throw new DataFileException(
                _path, $"has {MessageText.Quote(lines.FirstOrDefault() ?? "")} on line 1, where \"{SplitScore.Header}\" was expected");
        foreach (var (index, line) in lines.Index().Skip(1))
        {
            if (SplitScore.FromLine(line) is { } score)
                _scores.Add(score);
            else if (index < lines.Length - 1)
                throw new DataFileException(_path, $"has {MessageText.Quote(line)} on line {index + 1}, where a finished split was expected");
        }
    }

    /// <summary>All finished splits, in the order in which they were finished.</summary>
    public IReadOnlyList<SplitScore> Scores => _scores;

    /// <summary>Refuses splits of another seed or of another file of the same name, which would be averaged with those of this run.</summary>
    /// <exception cref="IOException">There is such a split.</exception>
    public void Refuse(UciSet set, long seed)
    {
        foreach (var score in _scores.Where(score => score.Set == set.Name))
        {
            if (score.Seed != seed)
                throw new IOException(
                    $"'{_path}' has splits of the set {set.Name} with seed {score.Seed}, where {seed} was expected; give another --output.");
            if (score.Data != set.Fingerprint)
                throw new IOException(
                    $"'{_path}' has splits of another file {set.Name}.csv (SHA-256 {score.Data}…, where {set.Fingerprint}… was expected); "
                    + "give another --output.");
        }
    }

    /// <summary>Determines whether a split is finished.</summary>
    public bool Has(string set, string method, int split) =>
        _scores.Any(score => score.Set == set && score.Method == method && score.Split == split);

    /// <summary>Adds a finished split.</summary>
    public void Add(SplitScore score)
    {
        // Written anew and whole: a line written by half would be followed by the next one.
        _scores.Add(score);
        WholeFile.Write(_path, string.Join('\n', [SplitScore.Header, .. _scores.Select(each => each.ToLine()), ""]));
    }
}
