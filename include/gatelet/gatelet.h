/* All of Gatelet's interface. The conventions stand at the top of base.h. */
#ifndef GATELET_GATELET_H
#define GATELET_GATELET_H

#include "gatelet/base.h"
#include "gatelet/config.h"
#include "gatelet/expression.h"
#include "gatelet/gateway.h"
#include "gatelet/server.h"
#include "gatelet/settings.h"
#include "gatelet/sync.h"
#include "gatelet/version.h"

#endif
