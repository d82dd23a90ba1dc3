using Bayes.Layers.Numerics;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Priors;

/// <summary>Holds what a prior learns or keeps for one weight tensor. Tensors are read by name, because <c>.to(...)</c> replaces them.</summary>
internal sealed class PriorState() : nn.Module(nameof(PriorState))
{
    /// <summary>Registers one or more learned numbers.</summary>
    public void Learn(string name, Tensor start) => register_parameter(name, new Parameter(start).Owned());

    /// <summary>Registers numbers that are saved and moved, but not learned.</summary>
    public void Keep(string name, Tensor value) => register_buffer(name, value.Owned());

    public Tensor Learned(string name) => get_parameter(name)!;

    public Tensor Kept(string name) => get_buffer(name)!;
}
