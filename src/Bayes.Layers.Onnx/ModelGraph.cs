using Bayes.Layers.Likelihoods;
using Bayes.Layers.Onnx.Graphs;
using Bayes.Layers.Onnx.Outputs;
using Bayes.Layers.Onnx.Translation;
using static TorchSharp.torch;

namespace Bayes.Layers.Onnx;

/// <summary>Makes the graph of a product.</summary>
internal sealed class ModelGraph : IDisposable
{
    private const int UsualDraws = 100;

    private readonly OnnxExportOptions _options;

    private ModelGraph(OnnxExportOptions options, int draws) => (_options, Draws) = (options, draws);

    /// <summary>Gets the graph.</summary>
    public GraphBuilder Graph { get; } = new();

    /// <summary>Gets S; 1 without draws.</summary>
    public int Draws { get; }

    /// <summary>Returns the graph of a distribution.</summary>
    public static ModelGraph Of(FunctionDistribution distribution, Likelihood? likelihood, OnnxExportOptions options)
    {
        RequireLevels(options.QuantileLevels);
        if (!Enum.IsDefined(options.Product))
            throw new ArgumentOutOfRangeException(
                nameof(options), options.Product, $"Product is {(int)options.Product}; expected Draws, Mean or ClosedForm.");
        ArgumentException.ThrowIfNullOrEmpty(options.InputName, nameof(options.InputName));
        int draws = options.Product == OnnxProduct.Draws ? options.Draws ?? distribution.ExactSamples ?? UsualDraws : 1;
        if (draws < 1)
            throw new ArgumentOutOfRangeException(nameof(options), draws, $"Draws is {draws}; expected at least 1.");
        if (likelihood is not null)
            RequireFit(distribution, likelihood);
        var made = new ModelGraph(options, draws);
        try
        {
            made.Add(distribution, likelihood);
            return made;
        }
        catch
        {
            made.Dispose();
            throw;
        }
    }

    /// <summary>Frees the graph.</summary>
    public void Dispose() => Graph.Dispose();

    private void Add(FunctionDistribution distribution, Likelihood? likelihood)
    {
        var outputs = new GraphOutputs(Graph, _options.QuantileLevels);
        switch (_options.Product)
        {
            case OnnxProduct.Draws:
                var samples = new FunctionTranslation(Graph, Input(distribution)).Draws(distribution, _options.Seed, Draws, _options.FirstDraw, "");
                if (likelihood is not null)
                    outputs.AddMixture(likelihood, samples);
                outputs.Add(OnnxOutputs.Output, samples);
                break;
            case OnnxProduct.Mean:
                var output = new ModuleTranslation(Graph, new MeanWeights())
                    .Translate(FunctionTranslation.ModuleOf(distribution), new DrawnValue(Input(distribution), HasDraws: false)).Value;
                outputs.Add(OnnxOutputs.Output, output);
                if (likelihood is not null)
                    outputs.AddFunction(likelihood, output);
                break;
            default:
                AddClosedForm(FunctionTranslation.ModuleOf(distribution), Input(distribution), likelihood, outputs);
                break;
        }
        foreach (var (name, value) in Chosen(outputs.Found, likelihood))
            Graph.Output(value, name != _options.InputName ? name : throw new ArgumentException(
                $"InputName is '{name}', which is the name of an output; expected another.", "options"));
    }

    private void AddClosedForm(nn.Module model, GraphValue input, Likelihood? likelihood, GraphOutputs outputs)
    {
        var layer = LastLayer.Of(model);
        GraphValue? features = null, ofLayer = null;
        var output = new ModuleTranslation(Graph, new MeanWeights(), seen: (module, value, result) =>
        {
            if (ReferenceEquals(module, layer.Layer))
                (features, ofLayer) = (value.Value, result.Value);
        }).Translate(model, new DrawnValue(input, HasDraws: false)).Value;
        if (features is null || !ReferenceEquals(ofLayer, output))
            throw new NotSupportedException(
                $"The {model.GetName()} does not end in its random layer, so its output has no closed form; expected that layer last, or export "
                + "draws.");
        var variance = LastLayerVariance.Of(layer, features, Graph);
        if (likelihood is null)
        {
            outputs.Add(OnnxOutputs.OutputMean, output);
            outputs.Add(OnnxOutputs.OutputVariance, variance);
        }
        else
            outputs.AddNormal(likelihood, output, variance);
    }

    private GraphValue Input(FunctionDistribution distribution)
    {
        var model = FunctionTranslation.FirstModuleOf(distribution);
        var own = ModuleTranslators.InputOf(model);
        if (_options.InputShape is { } given)
        {
            foreach (long size in given)
                if (size is < 1 and not -1)
                    throw new ArgumentException(
                        $"InputShape is [{string.Join(", ", given)}]; expected sizes of at least 1, or -1 for any, without the batch.", "options");
            return Graph.Input(
                _options.InputName, own?.Type ?? ElementType.Float, [null, .. given.Select(size => size == -1 ? null : (long?)size)]);
        }
        // A model that cannot be translated is refused by its path, and not because of its input.
        return Graph.Input(_options.InputName, own?.Type ?? ElementType.Float, own?.Sizes ?? (ModuleTranslators.AreAllKnown(model)
            ? throw new ArgumentException(
                $"The {model.GetName()} takes inputs of several shapes; expected OnnxExportOptions.InputShape, that of one row without the batch.",
                "options")
            : [null]));
    }

    private IEnumerable<(string Name, GraphValue Value)> Chosen(
        IReadOnlyList<(string Name, GraphValue Value)> found, Likelihood? likelihood)
    {
        if (_options.Outputs is not { } names)
            return found.Where(each => likelihood is null || _options.Product != OnnxProduct.Draws || each.Name != OnnxOutputs.Output);
        if (names.Count == 0 || names.Distinct().Count() < names.Count)
            throw new ArgumentException(
                $"Outputs has {names.Count} names: {string.Join(", ", names)}; expected at least one, each once.", "options");
        return names.Select(name => found.FirstOrDefault(each => each.Name == name) is { Value: not null } known ? known
            : throw new ArgumentException(
                $"Outputs has '{name}'; expected names among {string.Join(", ", found.Select(each => each.Name))}.", "options"));
    }

    // A predictor refuses, when it is made, a likelihood that does not fit the model's last module. It is not disposed: it would dispose the model.
    private static void RequireFit(FunctionDistribution distribution, Likelihood likelihood) =>
        _ = new MonteCarloPredictive(distribution, likelihood, samples: 1, seed: 0);

    private static void RequireLevels(IReadOnlyList<double> levels)
    {
        ArgumentNullException.ThrowIfNull(levels, nameof(OnnxExportOptions.QuantileLevels));
        foreach (double level in levels)
            if (!(level > 0 && level < 1))
                throw new ArgumentException(
                    FormattableString.Invariant($"QuantileLevels has {level}; expected numbers above 0 and below 1."), "options");
    }
}
