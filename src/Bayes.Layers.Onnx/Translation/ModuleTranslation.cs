using Bayes.Layers.Onnx.Graphs;
using static TorchSharp.torch;

namespace Bayes.Layers.Onnx.Translation;

/// <summary>One module's place in a translation: the graph, the weights, and the module's path.</summary>
internal sealed class ModuleTranslation
{
    private readonly Dictionary<(object Identity, string Form), GraphValue> _constants;
    private readonly string _ownPath;
    private readonly Action<nn.Module, DrawnValue, DrawnValue>? _seen;

    /// <summary>Starts the translation of a model.</summary>
    /// <param name="graph">The graph to add to.</param>
    /// <param name="weights">The weights that the graph holds.</param>
    /// <param name="path">The path of the model, for messages and names.</param>
    /// <param name="seen">Sees each module with its input and its output; null for nobody.</param>
    public ModuleTranslation(
        GraphBuilder graph, WeightSource weights, string path = "", Action<nn.Module, DrawnValue, DrawnValue>? seen = null)
        : this(graph, weights, path, "", new(new IdentityAndForm()), seen)
    {
    }

    private ModuleTranslation(
        GraphBuilder graph, WeightSource weights, string path, string ownPath, Dictionary<(object, string), GraphValue> constants,
        Action<nn.Module, DrawnValue, DrawnValue>? seen) =>
        (Graph, Weights, Path, _ownPath, _constants, _seen) = (graph, weights, path, ownPath, constants, seen);

    /// <summary>Gets the graph.</summary>
    public GraphBuilder Graph { get; }

    /// <summary>Gets the weights that the graph holds.</summary>
    public WeightSource Weights { get; }

    /// <summary>Gets the path of the module in the model, as in <c>state_dict</c>; empty for the model itself.</summary>
    public string Path { get; }

    /// <summary>Adds a model to the graph.</summary>
    /// <exception cref="NotSupportedException">A module has no translation.</exception>
    public DrawnValue Translate(nn.Module module, DrawnValue value)
    {
        string previous = Graph.Prefix;
        Graph.Prefix = Path;
        try
        {
            var translator = ModuleTranslators.Of(module, Path);
            translator.RequireInput(module, value, this);
            var output = translator.Translate(module, value, this);
            _seen?.Invoke(module, value, output);
            return output;
        }
        finally
        {
            Graph.Prefix = previous;
        }
    }

    /// <summary>Adds a child of the module to the graph.</summary>
    /// <param name="name">The child's name.</param>
    /// <param name="child">The child.</param>
    /// <param name="value">Its input.</param>
    public DrawnValue Child(string name, nn.Module child, DrawnValue value) => Of(name).Translate(child, value);

    /// <summary>Returns the place of a child.</summary>
    public ModuleTranslation Of(string child) => new(Graph, Weights, Join(Path, child), Join(_ownPath, child), _constants, _seen);

    /// <summary>Returns the place of the network inside a model in weight space, which has paths of its own.</summary>
    public ModuleTranslation Within(WeightSpaceModule module, string child) =>
        new(Graph, Weights.Within(module), Join(Path, child), "", _constants, _seen);

    /// <summary>Returns this place for a module that was made from the one here, with its own weights.</summary>
    public ModuleTranslation WithMeans() => new(Graph, new MeanWeights(), Path, "", _constants, _seen);

    /// <summary>Returns the weight that a parameter of this plain module is.</summary>
    /// <param name="name">Its name in the module.</param>
    /// <param name="parameter">The parameter.</param>
    public ModelWeight Parameter(string name, Tensor parameter) => Weights.Of(Join(_ownPath, name), parameter);

    /// <inheritdoc cref="Parameter(string, Tensor)"/>
    public ModelWeight? ParameterOrNull(string name, Tensor? parameter) => parameter is null ? null : Parameter(name, parameter);

    /// <summary>Returns a weight as a constant; a weight that several modules share in one form is one constant.</summary>
    /// <param name="weight">The weight.</param>
    /// <param name="name">Its name in the module.</param>
    /// <param name="form">Names what <paramref name="arrange"/> does.</param>
    /// <param name="arrange">Brings the weight, <c>[S, …shape]</c> or <c>[…shape]</c>, into the form that the graph needs.</param>
    public GraphValue Constant(ModelWeight weight, string name, string form, Func<Tensor, Tensor> arrange)
    {
        if (!_constants.TryGetValue((weight.Identity, form), out var known))
            _constants.Add((weight.Identity, form), known = Constant(name, arrange(weight.Value)));
        return known;
    }

    /// <summary>Adds a constant with the numbers of this module.</summary>
    /// <exception cref="ArgumentException">A number is not finite.</exception>
    public GraphValue Constant(string name, Tensor numbers)
    {
        if (numbers.is_floating_point() && !numbers.AreFinite())
            throw new ArgumentException(
                $"'{Join(Path, name)}' has a number that is NaN or infinite; expected finite weights.", "model");
        return Graph.Constant(numbers, name);
    }

    /// <summary>Returns a refusal of the module.</summary>
    /// <param name="module">The module.</param>
    /// <param name="why">Why, and what was expected.</param>
    public NotSupportedException Refusal(nn.Module module, string why) => Refusal(module, Path, why);

    /// <inheritdoc cref="Refusal(nn.Module, string)"/>
    public static NotSupportedException Refusal(nn.Module module, string path, string why) =>
        new($"{(path.Length == 0 ? "The model is" : $"'{path}' is")} a {module.GetName()}, {why}");

    private static string Join(string path, string name) => path.Length == 0 ? name : $"{path}.{name}";

    // A tensor's own equality compares its numbers.
    private sealed class IdentityAndForm : IEqualityComparer<(object Identity, string Form)>
    {
        public bool Equals((object Identity, string Form) x, (object Identity, string Form) y) =>
            ReferenceEquals(x.Identity, y.Identity) && x.Form == y.Form;

        public int GetHashCode((object Identity, string Form) each) => HashCode.Combine(
            System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(each.Identity), each.Form);
    }
}
