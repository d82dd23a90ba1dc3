using Bayes.Layers.Numerics;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Training;

/// <summary>Bounds one parameter's weights under torch's SGD from step to step.</summary>
internal sealed class SgdBound(Parameter parameter, SGD.State state, SGD.Options options)
{
    private readonly double _limit = parameter.dtype is ScalarType.Float32 or ScalarType.Float64 ? parameter.dtype.Largest() : 0;
    private double _largest = double.NaN;
    private double _velocity = double.NaN;

    /// <inheritdoc cref="AdamUpdate.IsSurelyFinite"/>
    public bool IsSurelyFinite(double gradientNorm)
    {
        if (_limit == 0)
            return false;
        double momentum = options.momentum!.Value;
        if (!(_largest < _limit))
            _largest = Finiteness.Largest(parameter);
        if (!(_velocity < _limit))
            _velocity = state.momentum_buffer is { } buffer ? Finiteness.Largest(buffer) : 0;
        double slope = gradientNorm + options.weight_decay!.Value * _largest;
        // The first velocity is the slope, for any dampening.
        _velocity = Math.Max(slope, momentum * _velocity + Math.Abs(1 - options.dampening!.Value) * slope);
        _largest += Math.Abs(options.LearningRate!.Value) * (slope + _velocity);
        return _largest < _limit;
    }
}
