using Bayes.Layers.Service.Models;

namespace Bayes.Layers.Service.Endpoints;

/// <summary>The answers of a request.</summary>
/// <param name="Predictions">An answer for each row, in their order; a refused row has an error instead.</param>
/// <param name="Refused">The number of refused rows.</param>
internal sealed record PredictResponse(IReadOnlyList<PredictedRow> Predictions, int Refused);
