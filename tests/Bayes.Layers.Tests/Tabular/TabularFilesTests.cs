using Bayes.Layers.Checkpoints;
using Bayes.Layers.Tabular;

namespace Bayes.Layers.Tests.Tabular;

public sealed class TabularFilesTests : TorchTest
{
    private static readonly Table Training = TabularTables.Numbers(200);
    private static readonly TabularOptions Options = TabularTables.Quick with { Steps = 40, Members = 3, CalibrationShare = 0.2 };
    private static readonly Lazy<TabularRegression> Trained = new(() => TabularRegression.Train(Training, "y", Options));

    [Fact]
    public void A_saved_model_predicts_the_same_bits()
    {
        using var folder = new Folder();
        var counts = TabularTables.Counts(100);
        var errors = Training.With("error", Enumerable.Repeat(0.5, 200));
        ShouldComeBack(Trained.Value, Training, folder.File);
        using (var poisson = TabularRegression.Train(counts, "count", Options with { Noise = TabularNoise.Poisson("exposure") }))
            ShouldComeBack(poisson, counts, folder.File);
        using (var given = TabularRegression.Train(errors, "y", Options with { Noise = TabularNoise.Given("error") }))
            ShouldComeBack(given, errors, folder.File);
    }

    [Fact]
    public void A_damaged_file_is_refused_in_one_sentence()
    {
        using var folder = new Folder();
        Trained.Value.Save(folder.File);
        byte[] all = File.ReadAllBytes(folder.File);
        foreach (int length in new[] { 0, 7, 100, all.Length / 2, all.Length - 1 })
        {
            File.WriteAllBytes(folder.File, all[..length]);
            FluentActions.Invoking(() => TabularRegression.Load(folder.File)).Should().Throw<CheckpointException>($"{length} bytes")
                .Which.Message.Should().NotContain("\n");
        }
    }

    [Fact]
    public void A_file_of_another_kind_or_version_is_refused()
    {
        using var folder = new Folder();
        Trained.Value.Save(folder.File);
        FluentActions.Invoking(() => TabularClassification.Load(folder.File)).Should().Throw<CheckpointException>()
            .WithMessage("The file '*' holds a regression; expected a classification.");
        Rewrite(folder.File, "\"version\":1", "\"version\":9");
        FluentActions.Invoking(() => TabularRegression.Load(folder.File)).Should().Throw<CheckpointException>()
            .WithMessage("The file '*' is of version 9; expected at most 1: a later version of this library wrote it.");
        Rewrite(folder.File, "\"version\":9", "\"version\":1", "\"draws\"", "\"drams\"");
        FluentActions.Invoking(() => TabularRegression.Load(folder.File)).Should().Throw<CheckpointException>()
            .WithMessage("The description of the table in '*' is damaged: *'draws'*");

        using var network = new BayesianLinear(2, 1);
        Checkpoint.Save(network, folder.File);
        FluentActions.Invoking(() => TabularRegression.Load(folder.File)).Should().Throw<CheckpointException>()
            .WithMessage("The file '*' holds no model of a table; expected one that Save of regression wrote.");
        FluentActions.Invoking(() => TabularRegression.Load(folder.File + ".none")).Should().Throw<IOException>();
    }

    [Fact]
    public void Nothing_is_left_where_a_model_cannot_be_saved()
    {
        using var folder = new Folder();
        FluentActions.Invoking(() => Trained.Value.Save(Path.Combine(folder.Path, "none", "model"))).Should().Throw<IOException>();
        Directory.CreateDirectory(folder.File);
        FluentActions.Invoking(() => Trained.Value.Save(folder.File)).Should().Throw<Exception>();
        Directory.EnumerateFileSystemEntries(folder.Path, "*", SearchOption.AllDirectories).Should().Equal(folder.File);
    }

    private static void ShouldComeBack(TabularRegression model, Table rows, string file)
    {
        model.Save(file);
        using var loaded = TabularRegression.Load(file);
        loaded.Target.Should().Be(model.Target);
        loaded.Summary.ToString().Should().Be(model.Summary.ToString());
        loaded.ToString().Should().Be(model.ToString());
        loaded.LearnedScales().Should().Equal(model.LearnedScales());
        using TabularPrediction before = model.Predict(rows), after = loaded.Predict(rows);
        after.Mean.Should().Equal(before.Mean);
        after.TotalStddev.Should().Equal(before.TotalStddev);
        after.Interval(0.8).Lower.Should().Equal(before.Interval(0.8).Lower);
    }

    // The length of the text must stay, because the file says where what lies.
    private static void Rewrite(string file, params string[] pairs)
    {
        string text = System.Text.Encoding.Latin1.GetString(File.ReadAllBytes(file));
        for (int index = 0; index < pairs.Length; index += 2)
        {
            string Escaped(string value) => text.Contains(pairs[index], StringComparison.Ordinal) ? value
                : value.Replace("\"", "\\u0022", StringComparison.Ordinal);
            string found = Escaped(pairs[index]), wanted = Escaped(pairs[index + 1]);
            if (!text.Contains(found, StringComparison.Ordinal))
                (found, wanted) = (pairs[index].Replace("\"", "\\\""), pairs[index + 1].Replace("\"", "\\\""));
            text.Should().Contain(found);
            text = text.Replace(found, wanted, StringComparison.Ordinal);
        }
        File.WriteAllBytes(file, System.Text.Encoding.Latin1.GetBytes(text));
    }

    private sealed class Folder : IDisposable
    {
        private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("bayes-layers-");

        public string Path => _folder.FullName;

        public string File => System.IO.Path.Combine(Path, "model.bayes");

        public void Dispose() => _folder.Delete(recursive: true);
    }
}
