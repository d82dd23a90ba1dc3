using Bayes.Layers.Data;
using Bayes.Layers.Training;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using static TorchSharp.torch;

namespace Bayes.Layers.ML;

/// <summary>
/// An ML.NET trainer of a Bayesian network by variational inference. The trainers of a catalog make it:
/// <c>mlContext.Regression.Trainers.BayesianNetwork()</c>.
/// </summary>
/// <remarks>
/// Features, and the label of a regression, are scaled to mean 0 and standard deviation 1 by the training rows; predictions are in the label's unit.
/// A row whose label or feature is missing or infinite is refused: replace or filter it before. The same seed gives the same network on one machine.
/// </remarks>
public sealed class BayesianNetworkTrainer : IEstimator<BayesianNetworkTransformer>
{
    private readonly NetworkTask _task;

    internal BayesianNetworkTrainer(
        IHostEnvironment environment, NetworkTask task, string labelColumnName, string featureColumnName, BayesianNetworkOptions? options)
    {
        ArgumentException.ThrowIfNullOrEmpty(labelColumnName);
        ArgumentException.ThrowIfNullOrEmpty(featureColumnName);
        _task = task;
        (LabelColumnName, FeatureColumnName, Options) = (labelColumnName, featureColumnName, options ?? new BayesianNetworkOptions());
        ModelFile.Register(environment.ComponentCatalog);
    }

    /// <summary>Gets the column to predict.</summary>
    public string LabelColumnName { get; }

    /// <summary>Gets the column of features.</summary>
    public string FeatureColumnName { get; }

    /// <summary>Gets the options.</summary>
    public BayesianNetworkOptions Options { get; }

    /// <summary>Trains a network.</summary>
    /// <param name="input">The training rows.</param>
    /// <returns>A transformer that predicts, which owns the network: dispose it to free the network's memory at once.</returns>
    /// <exception cref="ArgumentException">A column is missing or of another type.</exception>
    /// <exception cref="InvalidDataException">There are no rows, or a value is missing or infinite.</exception>
    /// <exception cref="OperationCanceledException">Training was cancelled.</exception>
    /// <exception cref="TrainingDivergedException">Too many steps in a row were not finite.</exception>
    public BayesianNetworkTransformer Fit(IDataView input) => Fit(input, validation: null);

    /// <summary>Trains a network, and keeps the epoch that predicts validation rows best.</summary>
    /// <param name="input">The training rows.</param>
    /// <param name="validation">Held-out rows with the same columns; null for none.</param>
    /// <inheritdoc cref="Fit(IDataView)"/>
    public BayesianNetworkTransformer Fit(IDataView input, IDataView? validation)
    {
        ArgumentNullException.ThrowIfNull(input);
        var columns = new TableColumns([FeatureColumnName], LabelColumnName) { TargetKind = _task.TargetKind };
        var unscaled = new DataViewSource(input, columns);
        var label = input.Schema.GetColumnOrNull(LabelColumnName) ?? throw Missing(LabelColumnName, input.Schema.Select(column => column.Name));
        var classes = _task.ClassesOf(label);
        var scaling = ColumnScaling.Measure(unscaled);
        var source = new DataViewSource(input, columns with { Scaling = scaling });
        var held = validation is null ? null : new DataViewSource(validation, columns with { Scaling = scaling });
        using var generator = get_rng_state();
        try
        {
            random.manual_seed(Options.Seed);
            var model = Options.NewModel(source.FeatureCount, _task.OutputCount(classes.Count, Options));
            ElboLoss? loss = null;
            try
            {
                loss = _task.NewLoss(source.RowCount, Options);
                var history = Train(model, loss, source, held);
                var description = new NetworkDescription(
                    _task.Name, FeatureColumnName, classes, scaling, Options.Samples, Options.Seed, Options.Mass);
                return new BayesianNetworkTransformer(_task, description, model, loss.Likelihood, history, model, loss);
            }
            catch
            {
                loss?.Dispose();
                model.Dispose();
                throw;
            }
        }
        finally
        {
            set_rng_state(generator);
        }
    }

    /// <summary>Returns the columns of the output, those of the input and of the prediction.</summary>
    /// <param name="inputSchema">The columns of the input.</param>
    /// <exception cref="ArgumentException">A column is missing or of another type.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        var features = Find(inputSchema, FeatureColumnName);
        if (features.Kind != SchemaShape.Column.VectorKind.Vector || !features.ItemType.Equals(NumberDataViewType.Single))
            throw new ArgumentException(
                $"The column '{FeatureColumnName}' is {(features.Kind == SchemaShape.Column.VectorKind.Vector ? "a vector of" : "of type")} "
                + $"{features.ItemType}; expected a vector of Single of fixed length, as Transforms.Concatenate makes.");
        Find(inputSchema, LabelColumnName);
        var outputs = _task.Outputs([""]);
        var kept = inputSchema.Where(column => outputs.All(output => output.Name != column.Name));
        return new SchemaShape(kept.Concat(outputs.Select(Internals.Shape)));
    }

    private TrainingHistory Train(BayesianModule model, ElboLoss loss, DataViewSource source, DataViewSource? validation)
    {
        using var scope = NewDisposeScope();
        var trainer = new VariationalTrainer(model, loss, Options.Training);
        ValidationData? held = validation?.Batches(size: 4096, shuffleBuffer: 0);
        TrainingHistory history;
        if (source.RowCount <= Options.MaximumRowsInMemory)
        {
            var (input, target) = All(source);
            history = trainer.Fit(input, target, held, Options.Progress, Options.CancellationToken);
        }
        else
        {
            history = trainer.Fit(
                source.Batches(Options.Training.BatchSize, Options.ShuffleBuffer), held, Options.Progress, Options.CancellationToken);
        }
        Options.CancellationToken.ThrowIfCancellationRequested();
        return history;
    }

    private static (Tensor Input, Tensor Target) All(DataViewSource source)
    {
        using var scope = NewDisposeScope();
        var parts = source.InputsAndTargets().ToArray();
        return (cat([.. parts.Select(part => part.Input)]).MoveToOuterDisposeScope(),
            cat([.. parts.Select(part => part.Target)]).MoveToOuterDisposeScope());
    }

    private static SchemaShape.Column Find(SchemaShape schema, string name)
    {
        foreach (var column in schema)
            if (column.Name == name)
                return column;
        throw Missing(name, schema.Select(column => column.Name));
    }

    private static ArgumentException Missing(string name, IEnumerable<string> found) =>
        new($"There is no column '{name}'; the data have {string.Join(", ", found.Select(each => $"'{each}'"))}.");
}
