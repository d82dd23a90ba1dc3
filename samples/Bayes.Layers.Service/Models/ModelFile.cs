using System.Text.Json.Nodes;
using Bayes.Layers.Checkpoints;
using Bayes.Layers.Tabular;

namespace Bayes.Layers.Service.Models;

/// <summary>Loads the model that the configuration names.</summary>
internal static class ModelFile
{
    // The note of a model of a table in the metadata of its file.
    private const string TableNote = "bayes_layers_tabular";

    /// <summary>Loads the model.</summary>
    /// <exception cref="CannotStartException">The file cannot be read or served.</exception>
    public static ServedModel Load(ServiceOptions options)
    {
        try
        {
            return Checkpoint.Describe(options.Model).Metadata.TryGetValue(TableNote, out string? note)
                ? LoadTable(options, JsonNode.Parse(note)!) : NetworkModel.Load(options);
        }
        // A file without a likelihood, or with a model and a likelihood that do not fit, is the latter two.
        catch (Exception exception) when (exception is CheckpointException or IOException or UnauthorizedAccessException
            or InvalidOperationException or ArgumentException)
        {
            throw new CannotStartException($"The model '{options.Model}' cannot be loaded: {exception.Message}", exception);
        }
    }

    private static ServedModel LoadTable(ServiceOptions options, JsonNode note)
    {
        foreach (var (name, isSet) in new[]
            { (nameof(options.Draws), options.Draws is not null), (nameof(options.Seed), options.Seed is not null),
                (nameof(options.Columns), options.Columns.Count > 0), (nameof(options.Classes), options.Classes.Count > 0) })
            if (isSet)
                throw new CannotStartException($"{name} is set, but '{options.Model}' is a model of a table, which has its own; leave it out.");
        // Loading reads the note anew and refuses what is damaged.
        int draws = note["draws"]?.GetValue<int>() ?? 0, seed = note["seed"]?.GetValue<int>() ?? 0;
        ServedModel model = note["kind"]?.GetValue<string>() == "classification"
            ? new TableClassificationModel(TabularClassification.Load(options.Model), draws, seed)
            : new TableRegressionModel(TabularRegression.Load(options.Model), draws, seed, options.IntervalMass);
        try
        {
            _ = model.Predict([new object?[model.Columns.Count]], CancellationToken.None);
        }
        catch (InvalidDataException)
        {
            // A row without values may be refused by its columns.
        }
        catch (InvalidOperationException exception)
        {
            model.Dispose();
            throw new CannotStartException($"The model '{options.Model}' cannot predict with these options: {exception.Message}", exception);
        }
        return model;
    }
}
