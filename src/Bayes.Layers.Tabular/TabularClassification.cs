using Bayes.Layers.Likelihoods;
using static TorchSharp.torch;

namespace Bayes.Layers.Tabular;

/// <summary>
/// Predicts a class from the columns of a table, and says how sure it is: an ensemble of Bayesian networks with everything that the table needs, in
/// one file.
/// </summary>
/// <remarks>
/// Owns its networks: dispose it. Several threads may predict with it at a time. Immutable once it is trained.
/// </remarks>
/// <example>
/// <code>
/// using var model = TabularClassification.Train(Table.ReadCsv("patients.csv"), "diagnosis");
/// var prediction = model.Predict(Table.ReadCsv("new-patients.csv"));
/// var probability = prediction.ProbabilityOf("benign");
/// </code>
/// </example>
public sealed class TabularClassification : IDisposable, IScoredModel
{
    private const string Kind = "classification";
    private const string TemperatureName = "temperature";
    private const string TemperatureRowsName = "temperatureRows";

    private static readonly CategoricalLikelihood Categorical = new();

    private readonly TargetClasses _classes;
    private readonly TabularNetworks _networks;
    private readonly ClassTemperature _temperature;

    private TabularClassification(TargetClasses classes, TabularNetworks networks, ClassTemperature temperature) =>
        (_classes, _networks, _temperature) = (classes, networks, temperature);

    /// <summary>Trains a model on all rows of a table, but those that are held out for calibration.</summary>
    /// <param name="table">The training rows.</param>
    /// <param name="target">The name of the column to predict: text, truth values, or numbers that are names of classes.</param>
    /// <param name="options">The options; the defaults if null. Rows for calibration that are chosen at random have the same share of each class.
    /// </param>
    /// <param name="progress">Receives a report after every epoch of a network, on the thread that trains it, one at a time.</param>
    /// <param name="cancellationToken">Ends the training.</param>
    /// <exception cref="ArgumentException">A column does not exist or is named for two things, or the options are of another noise than
    /// <see cref="TabularNoise.Learned"/>.</exception>
    /// <exception cref="InvalidDataException">A value is refused: the message names the row and the column.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static TabularClassification Train(
        Table table, string target, TabularOptions? options = null, IProgress<TabularProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(table);
        ArgumentException.ThrowIfNullOrWhiteSpace(target);
        options ??= new TabularOptions();
        if (!ReferenceEquals(options.Noise, TabularNoise.Learned))
            throw new ArgumentException(
                $"The noise of the classification of '{target}' is {options.Noise}; expected {TabularNoise.Learned}, which says all of classes.",
                nameof(options));
        // Every class must be among the training rows.
        if (ReferenceEquals(options.CalibrationSplit, TabularSplit.Random))
            options = options with { CalibrationSplit = TabularSplit.StratifiedBy(target) };
        var (training, calibration, columns) = TabularTrainingRows.Of(table, target, options, []);
        var classes = TargetClasses.Learn(training, target);
        int[] calibrationClasses = calibration is null ? [] : classes.Read(calibration);
        double[]? calibrationWeights = calibration is null ? null : TabularTrainingRows.WithWeights(null, calibration, options);
        var encoding = TableEncoding.Learn(training, columns);
        // What the calibration would refuse is refused before the training.
        if (calibration is not null)
            _ = encoding.Encode(calibration);
        using var scope = NewDisposeScope();
        var values = tensor([.. classes.Read(training).Select(index => (long)index)]);
        var networks = TabularNetworks.Train(
            training, encoding, [new PlainHead("categorical", classes.Names.Count, Categorical, shrinksWeights: false)], values,
            TabularTrainingRows.WithWeights(null, training, options), options, progress, cancellationToken);
        try
        {
            return new TabularClassification(classes, networks, calibration is null ? ClassTemperature.None : ClassTemperature.Learn(
                Blocks(networks, classes, calibration), calibrationClasses, calibrationWeights, cancellationToken));
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
    public static TabularClassification Load(string path)
    {
        var (networks, json) = TabularNetworks.Load(path, Kind);
        try
        {
            var temperature = new ClassTemperature(json.Number(TemperatureName), json.Count(TemperatureRowsName));
            return temperature.Value > 0 ? new TabularClassification(TargetClasses.FromJson(json), networks, temperature)
                : throw new InvalidDataException($"The temperature is {temperature.Value}; expected a number above 0.");
        }
        catch (InvalidDataException exception)
        {
            networks.Dispose();
            throw new Checkpoints.CheckpointException($"The description of the target in '{path}' is damaged: {exception.Message}", exception);
        }
    }

    /// <summary>Gets the name of the column that the model predicts.</summary>
    public string Target => _classes.Column;

    /// <summary>Gets the names of the classes: numbers in their order, text by its characters.</summary>
    public IReadOnlyList<string> Classes => _classes.Names;

    /// <summary>
    /// Gets the temperature by which the logits of every drawn function are divided, learned on the rows held out by
    /// <see cref="TabularOptions.CalibrationShare"/>; 1 without calibration. Above 1, the networks alone were too sure.
    /// </summary>
    public double Temperature => _temperature.Value;

    /// <summary>Gets what was done to each column, and which networks the model has.</summary>
    public TabularSummary Summary => _networks.Summary;

    /// <summary>
    /// Gets the networks as a distribution over functions of standardised features, for everything else that this library does with one; the model
    /// owns it. Its outputs are logits of the classes, before <see cref="Temperature"/>.
    /// </summary>
    public FunctionDistribution Distribution => _networks.Ensemble;

    /// <summary>Gets p(y | f) of <see cref="Distribution"/>.</summary>
    public Likelihood Likelihood => Categorical;

    /// <summary>Predicts rows.</summary>
    /// <param name="rows">The rows, with the columns of the training; other columns are ignored.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="InvalidDataException">A column is missing, or its values are of another kind than in training.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public TabularClassPrediction Predict(Table rows, CancellationToken cancellationToken = default)
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
    /// Returns a report about held-out rows on one page: calibration, errors, which columns matter, what was unusual in the
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

    /// <summary>Writes the model into a file, whole or not at all: the networks, how the table is encoded, the classes and the temperature.</summary>
    /// <param name="path">The file, which replaces an existing one. Its folder must exist.</param>
    /// <exception cref="IOException">The file cannot be written; no part of it remains.</exception>
    public void Save(string path)
    {
        var json = _classes.ToJson();
        json[TemperatureName] = _temperature.Value;
        json[TemperatureRowsName] = _temperature.RowCount;
        _networks.Save(path, Categorical, Kind, json);
    }

    /// <summary>Frees the networks.</summary>
    public void Dispose() => _networks.Dispose();

    /// <summary>Returns the target, the size of the table and of the ensemble.</summary>
    public override string ToString() =>
        $"Classification of '{Target}' into {Classes.Count} classes by {_networks.Ensemble.Members.Count} networks, from {Summary.Rows} rows";

    TabularNetworks IScoredModel.Networks => _networks;

    RowScores IScoredModel.Score(Table rows, CancellationToken cancellationToken)
    {
        int[] targets = ClassesOf(rows);
        var prediction = Predict(rows, cancellationToken);
        return new RowScores(
            prediction.LogProbabilityOf(targets),
            targets.Zip(prediction.PredictedClass, (index, name) => Classes[index] == name ? 0.0 : 1).Average());
    }

    /// <summary>Returns the index of the class of each row, to compare with a prediction.</summary>
    internal int[] ClassesOf(Table rows) => _classes.Read(rows);

    /// <summary>Predicts rows with functions other than the model's own.</summary>
    internal TabularClassPrediction Predict(Table rows, TabularDraws? draws, CancellationToken cancellationToken) =>
        new(Blocks(_networks, _classes, rows, draws), _temperature, Classes, Target, cancellationToken);

    private static NetworkBlocks Blocks(TabularNetworks networks, TargetClasses classes, Table rows, TabularDraws? draws = null) =>
        new(networks, Categorical, classes.Names.Count, rows, draws);
}
