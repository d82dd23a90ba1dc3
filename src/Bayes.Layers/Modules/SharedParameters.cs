using System.Runtime.CompilerServices;
using TorchSharp.Modules;

namespace Bayes.Layers.Modules;

/// <summary>
/// Tracks parameters that several layers share. Each is disposed with the last layer that uses it, and stays shared when <c>.to(…)</c> replaces
/// it: TorchSharp moves the layers one by one, and would create a new parameter for each.
/// </summary>
/// <remarks>The tables hold their keys weakly, so they do not keep unused parameters alive.</remarks>
internal static class SharedParameters
{
    private static readonly ConditionalWeakTable<Parameter, StrongBox<int>> UserCounts = [];
    private static readonly ConditionalWeakTable<Parameter, Parameter> Moved = [];

    /// <summary>Records that one more layer uses a parameter, and returns the parameter.</summary>
    public static Parameter Used(this Parameter parameter)
    {
        Interlocked.Increment(ref UserCounts.GetOrCreateValue(parameter).Value);
        return parameter;
    }

    /// <summary>Records that a layer uses a parameter, unless a use is already recorded.</summary>
    public static void UseNew(Parameter parameter) => UserCounts.TryAdd(parameter, new StrongBox<int>(1));

    /// <summary>Records that one layer no longer uses a parameter, and disposes it if no layer does.</summary>
    public static void Release(Parameter parameter)
    {
        if (Interlocked.Decrement(ref UserCounts.GetOrCreateValue(parameter).Value) <= 0)
            parameter.Dispose();
    }

    /// <summary>Records the parameter that replaced another in the first of its layers to be moved.</summary>
    public static void Follow(Parameter parameter, Parameter moved) => Moved.AddOrUpdate(parameter, moved);

    /// <summary>Returns the parameter that replaced another in an earlier layer, or null if it was not moved.</summary>
    public static Parameter? FindMoved(Parameter parameter) =>
        Moved.TryGetValue(parameter, out var moved) && !moved.IsInvalid ? moved : null;
}
