using System.Globalization;
using Bayes.Layers.Checkpoints;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Scoring;
using ParquetSharp;

namespace Bayes.Layers.Tests.Scoring;

/// <summary>A folder with a model and tables to score, deleted with the test.</summary>
internal sealed class ScoringFolder : IDisposable
{
    /// <summary>The columns of the table, of which the network takes the first three.</summary>
    public static readonly string[] Features = ["x0", "x1", "x2"];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("bayes-layers-scoring-");

    /// <summary>Gets the path of a file or folder with a name.</summary>
    public string this[string name] => Path.Combine(_folder.FullName, name);

    /// <summary>Gets the model's file, after <see cref="SaveModel"/>.</summary>
    public string Model => this["model.safetensors"];

    /// <summary>Gets the names of all files and folders.</summary>
    public IEnumerable<string> Names => Directory.EnumerateFileSystemEntries(_folder.FullName).Select(path => Path.GetFileName(path)!).Order();

    public void Dispose() => _folder.Delete(recursive: true);

    /// <summary>Writes a network of three columns.</summary>
    public void SaveModel(Likelihood? likelihood, int outputs = 1, int units = 8, ScalarType dtype = ScalarType.Float32)
    {
        random.manual_seed(5);
        using var model = new BayesianSequential(("0", new BayesianLinear(3, units)), ("1", nn.Tanh()), ("2", new BayesianLinear(units, outputs)));
        model.to(dtype);
        if (likelihood is null)
            Checkpoint.Save(model, Model);
        else
            Checkpoint.Save(model, Model, likelihood);
    }

    /// <summary>Returns the numbers of a row, and its target.</summary>
    public static double[] Row(int row)
    {
        var generator = new Random(row);
        double[] x = [.. Features.Select(_ => Math.Round(4 * generator.NextDouble() - 2, 4))];
        return [.. x, Math.Round(x[0] - x[1], 4)];
    }

    /// <summary>Writes rows as CSV.</summary>
    public string WriteCsv(int rows, string name = "table.csv", string separator = ",", string end = "\n")
    {
        var lines = Enumerable.Range(0, rows)
            .Select(row => string.Join(separator, Row(row).Select(value => value.ToString(CultureInfo.InvariantCulture))));
        File.WriteAllText(this[name], string.Concat(lines.Prepend(string.Join(separator, [.. Features, "y"])).Select(line => line + end)));
        return this[name];
    }

    /// <summary>Writes rows as Parquet by another implementation, in row groups.</summary>
    public string WriteParquet(int rows, int rowsOfGroup, string name = "table.parquet")
    {
        Column[] columns = [.. Features.Append("y").Select(column => new Column<double>(column))];
        using var file = new ParquetFileWriter(this[name], columns);
        for (int first = 0; first < rows; first += rowsOfGroup)
        {
            using var group = file.AppendRowGroup();
            double[][] values = [.. Enumerable.Range(first, Math.Min(rowsOfGroup, rows - first)).Select(Row)];
            for (int column = 0; column < columns.Length; column++)
            {
                using var writer = group.NextColumn().LogicalWriter<double>();
                writer.WriteBatch([.. values.Select(row => row[column])]);
            }
        }
        file.Close();
        return this[name];
    }

    /// <summary>Returns what asks for all rows of a table, in shards of some rows.</summary>
    public ScoringRequest Request(string table, int rowsOfShard = 20) => new(Model, table)
    {
        Features = Features, Draws = 16, Seed = 3, Cut = ShardCut.ByRows(rowsOfShard),
    };

    /// <summary>Scores a table in this process, and returns the results by the names of their columns, read by another implementation.</summary>
    public Dictionary<string, double[]> Score(ScoringRequest request, string name = "results.parquet")
    {
        var plan = ScoringPlan.Create(request);
        ScoringRun.RunAsync(plan, this[name], new ThreadExecutor(2)).GetAwaiter().GetResult();
        return Read(this[name]);
    }

    /// <summary>Reads results by another implementation.</summary>
    public static Dictionary<string, double[]> Read(string path)
    {
        using var file = new ParquetFileReader(path);
        var columns = new Dictionary<string, double[]>();
        for (int index = 0; index < file.FileMetaData.NumColumns; index++)
        {
            var values = new List<double>();
            for (int number = 0; number < file.FileMetaData.NumRowGroups; number++)
            {
                using var group = file.RowGroup(number);
                using var reader = group.Column(index).LogicalReader();
                values.AddRange(reader.Apply(new Numbers(checked((int)group.MetaData.NumRows))));
            }
            columns.Add(file.FileMetaData.Schema.Column(index).Name, [.. values]);
        }
        return columns;
    }

    // Texts become the sum of their letters.
    private sealed class Numbers(int rows) : ILogicalColumnReaderVisitor<double[]>
    {
        public double[] OnLogicalColumnReader<T>(LogicalColumnReader<T> reader) => [.. reader.ReadAll(rows).Select(value =>
            value is string text ? text.Sum(letter => letter) : Convert.ToDouble(value, CultureInfo.InvariantCulture))];
    }
}
