using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Conversion;

/// <summary>
/// The parameters and the mode of a module that get other values for a while, to find out by calls what TorchSharp does not expose. No other thread
/// may use the module meanwhile.
/// </summary>
internal sealed class TemporaryValues : IDisposable
{
    private readonly nn.Module _module;
    private readonly bool _training;
    private readonly (string Name, Parameter Value, Tensor Before)[] _parameters;
    private readonly Tensor _generator;
    private readonly DisposeScope _scope = NewDisposeScope();

    /// <summary>Saves the values of a module, and sets all to 0. Gradients must be off.</summary>
    public TemporaryValues(nn.Module module)
    {
        _module = module;
        _training = module.training;
        _parameters = [.. module.named_parameters().Select(each => (each.name, each.parameter, each.parameter.clone()))];
        // Dropout draws numbers; the generator is restored for the caller.
        _generator = get_rng_state();
        Clear();
    }

    /// <summary>Gets the parameters.</summary>
    public IEnumerable<(string Name, Tensor Value)> All => _parameters.Select(each => (each.Name, (Tensor)each.Value));

    /// <summary>Gets the parameters with a name, or whose path ends in it.</summary>
    public IEnumerable<Tensor> Named(string name) => _parameters
        .Where(each => each.Name == name || each.Name.EndsWith("." + name, StringComparison.Ordinal)).Select(each => (Tensor)each.Value);

    /// <summary>Sets all parameters to 0.</summary>
    public void Clear()
    {
        foreach (var (_, value, _) in _parameters)
            value.zero_();
    }

    /// <summary>Restores the values and the mode.</summary>
    public void Dispose()
    {
        foreach (var (_, value, before) in _parameters)
            value.copy_(before);
        _module.train(_training);
        set_rng_state(_generator);
        _scope.Dispose();
    }
}
