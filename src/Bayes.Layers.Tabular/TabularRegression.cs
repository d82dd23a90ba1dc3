using Bayes.Layers.Likelihoods;
using static TorchSharp.torch;

namespace Bayes.Layers.Tabular;

/// <summary>
/// Predicts a number from the columns of a table, and says how sure it is: an ensemble of Bayesian networks with everything that the table needs,
/// in one file.
/// </summary>
/// <remarks>
/// Owns its networks: dispose it. Several threads may predict with it at a time. Immutable once it is trained.
/// </remarks>
/// <example>
/// <code>
/// using var model = TabularRegression.Train(Table.ReadCsv("houses.csv"), "price");
/// using var prediction = model.Predict(Table.ReadCsv("new-houses.csv"));
/// var (lower, upper) = prediction.Interval(0.9);
/// </code>
/// </example>
public sealed class TabularRegression : IDisposable, IScoredModel
{
    /// <summary>What a file says that it is.</summary>
    internal const string Kind = "regression";

    private readonly RegressionTask _task;
    private readonly TabularNetworks _networks;
    private readonly CalibrationScores? _calibration;

    private TabularRegression(RegressionTask task, TabularNetworks networks, CalibrationScores? calibration) =>
        (_task, _networks, _calibration) = (task, networks, calibration);

    /// <summary>Trains a model on all rows of a table, but those that are held out for calibration.</summary>
    /// <param name="table">The training rows.</param>
    /// <param name="target">The name of the column to predict.</param>
    /// <param name="options">The options; the defaults if null.</param>
    /// <param name="progress">Receives a report after every epoch of a network, on the thread that trains it, one at a time.</param>
    /// <param name="cancellationToken">Ends the training.</param>
    /// <exception cref="ArgumentException">A column does not exist or is named for two things.</exception>
    /// <exception cref="InvalidDataException">A value is refused: the message names the row and the column.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static TabularRegression Train(
        Table table, string target, TabularOptions? options = null, IProgress<TabularProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(table);
        ArgumentException.ThrowIfNullOrWhiteSpace(target);
        options ??= new TabularOptions();
        var (training, calibration, columns) = TabularTrainingRows.Of(table, target, options, options.Noise.Columns);
        using var scope = NewDisposeScope();
        var task = options.Noise.Learn(training, target);
        var encoding = TableEncoding.Learn(training, columns);
        // What the calibration would refuse is refused before the training.
        if (calibration is not null)
            (_, _) = (task.Training(calibration), encoding.Encode(calibration));
        var (values, factors) = task.Training(training);
        var networks = TabularNetworks.Train(
            training, encoding, task.Heads, values, TabularTrainingRows.WithWeights(factors, training, options), options, progress,
            cancellationToken);
        try
        {
            var model = new TabularRegression(task, networks, calibration: null);
            return calibration is null ? model : new TabularRegression(task, networks, CalibrationScores.Of(model, calibration));
        }
        catch
        {
            networks.Dispose();
            throw;
        }
    }

    /// <summary>Reads a model that <see cref="Save"/> wrote.</summary>
    /// <param name="path">The file.</param>
    /// <returns>A model that predicts as the saved one did, to the bit on one kind of machine.</returns>
    /// <exception cref="Checkpoints.CheckpointException">The file is damaged, of a later version, or holds something else.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static TabularRegression Load(string path)
    {
        var (networks, json) = TabularNetworks.Load(path, Kind);
        try
        {
            return new TabularRegression(
                TabularNoise.FromJson(json), networks, json["calibration"] is { } scores ? CalibrationScores.FromJson(scores) : null);
        }
        catch (Exception exception) when (exception is InvalidDataException or InvalidOperationException or FormatException)
        {
            networks.Dispose();
            throw new Checkpoints.CheckpointException($"The description of the target in '{path}' is damaged: {exception.Message}", exception);
        }
    }

    /// <summary>Gets the name of the column that the model predicts.</summary>
    public string Target => _task.Target;

    /// <summary>Gets what was done to each column, and which networks the model has.</summary>
    public TabularSummary Summary => _networks.Summary;

    /// <summary>
    /// Gets the columns of numbers that a prediction needs besides those of <see cref="Summary"/>: the exposure, or the standard deviation of the
    /// noise (<see cref="TabularNoise"/>). Empty for learned noise.
    /// </summary>
    public IReadOnlyList<string> NoiseColumns => _task.RowColumns;

    /// <summary>
    /// Gets the networks as a distribution over functions of standardised features, for everything else that this library does with one; the model
    /// owns it. Its target is standardised too.
    /// </summary>
    public FunctionDistribution Distribution => _networks.Ensemble;

    /// <summary>Gets p(y | f) of <see cref="Distribution"/>.</summary>
    public Likelihood Likelihood => _task.Likelihood;

    /// <summary>Predicts rows.</summary>
    /// <param name="rows">The rows, with the columns of the training; other columns are ignored.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <returns>A prediction that the caller disposes, before the model.</returns>
    /// <exception cref="InvalidDataException">A column is missing, or its values are of another kind than in training.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public TabularPrediction Predict(Table rows, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(rows);
        return Predict(rows, draws: null, cancellationToken);
    }

    /// <summary>
    /// Returns how strongly the networks may use each column, as the prior of their first layer has learned it; the largest first. It costs nothing,
    /// and says nothing of interactions; <see cref="PermutationImportance"/> measures.
    /// </summary>
    public IReadOnlyList<ColumnScale> LearnedScales() => ColumnScales.Of(_networks);

    /// <summary>
    /// Measures which columns matter: how much worse held-out rows are predicted if the values of a column are exchanged among them. Columns that say
    /// the same share their importance.
    /// </summary>
    /// <param name="heldOut">Rows that the model was not trained on, with the target; at least two.</param>
    /// <param name="repetitions">How often each column is permuted; at least 1.</param>
    /// <param name="seed">Decides the permutations.</param>
    /// <param name="progress">Receives the share of the work that is done, up to 1.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <returns>The importance of each column of features, but those that the model left out, the most important first.</returns>
    /// <exception cref="ArgumentException">There are fewer than two rows, or fewer than one repetition.</exception>
    /// <exception cref="InvalidDataException">A column is missing, its values are of another kind than in training, or a target is refused.
    /// </exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public IReadOnlyList<ColumnImportance> PermutationImportance(
        Table heldOut, int repetitions = 5, int seed = 1, IProgress<double>? progress = null, CancellationToken cancellationToken = default) =>
        PermutedColumns.Measure(this, heldOut, repetitions, seed, progress, cancellationToken);

    /// <summary>
    /// Returns a report about held-out rows on one page: calibration, intervals, residuals, which columns matter, what was unusual in the
    /// rows, what was done to the columns, and the networks. <see cref="Reports.Report.Save"/> writes it.
    /// </summary>
    /// <param name="heldOut">Rows that the model was not trained on, with the target; at least two.</param>
    /// <param name="repetitions">How often each column is permuted to see how much it matters; at least 1.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="ArgumentException">There are fewer than two rows, or fewer than one repetition.</exception>
    /// <exception cref="InvalidDataException">A column is missing, its values are of another kind than in training, or a target is refused.
    /// </exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public Reports.Report Report(Table heldOut, int repetitions = 3, CancellationToken cancellationToken = default) =>
        TabularReport.Of(this, heldOut, repetitions, cancellationToken);

    /// <summary>Writes the model into a file, whole or not at all: the networks, and how the table is encoded and the target scaled.</summary>
    /// <param name="path">The file, which replaces an existing one. Its folder must exist.</param>
    /// <exception cref="IOException">The file cannot be written; no part of it remains.</exception>
    public void Save(string path)
    {
        var json = _task.ToJson();
        if (_calibration is not null)
            json["calibration"] = _calibration.ToJson();
        _networks.Save(path, _task.Likelihood, Kind, json);
    }

    /// <summary>Frees the networks.</summary>
    public void Dispose() => _networks.Dispose();

    /// <summary>Returns the target, the size of the table and of the ensemble.</summary>
    public override string ToString() => $"Regression of '{Target}' by {_networks.Ensemble.Members.Count} networks, from {Summary.Rows} rows";

    TabularNetworks IScoredModel.Networks => _networks;

    RowScores IScoredModel.Score(Table rows, CancellationToken cancellationToken)
    {
        double[] targets = TargetOf(rows);
        using var prediction = Predict(rows, cancellationToken);
        return new RowScores(
            prediction.LogDensityOf(targets, cancellationToken),
            Math.Sqrt(targets.Zip(prediction.Mean, (target, mean) => (target - mean) * (target - mean)).Average()));
    }

    /// <summary>Predicts rows with functions other than the model's own.</summary>
    internal TabularPrediction Predict(Table rows, TabularDraws? draws, CancellationToken cancellationToken) =>
        new(new RegressionBlocks(_networks, _task, rows, draws), _calibration, cancellationToken);

    /// <summary>Returns the target of rows in its unit, to compare with a prediction.</summary>
    internal double[] TargetOf(Table rows) => _task.Read(rows);
}
